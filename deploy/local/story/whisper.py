"""Somebody in no list comes by the public front door, with nothing but a telephone, and is answered by receipt."""

import html
import re

from deploy.local.errors import LocalError
from deploy.local.story.client import Json, patiently
from deploy.local.story.telling import Telling

STORY = "Мой брат нашёл мою переписку. Мне дали неделю, чтобы уехать."
ANSWER = "Мы прочли ваше письмо. Есть ли место, где вы можете переждать три дня?"
THANKS = "Да, у тёти в Назрани, до субботы."


async def comes_by_the_front_door(telling: Telling) -> None:
    """Asks, is answered, reads it with the receipt, writes back and is found in scope.

    Where there is no front door, nobody comes.

    Told again, nobody comes twice.
    """
    if not telling.stage.plan.front_door:
        return
    officer = telling.stage.as_("officer")
    if await officer.every("intake", "/threads"):
        return
    code = await _ask(telling)
    seen = await officer.until("intake", "/threads", lambda page: bool(page["items"]))
    request_id = seen["items"][0]["request_id"]
    await officer.post("intake", f"/requests/{request_id}/thread/answer", {"text": ANSWER}, version=1)
    visit = await _read(telling, code)
    await _send(telling, "/ru/thread/message", {"visit": visit, "text": THANKS})
    await officer.until("intake", f"/requests/{request_id}/thread", lambda thread: bool(thread["waiting"]))
    # Left unscreened it would call for a reader as soon as nobody is on duty.
    await officer.post(
        "intake", f"/requests/{request_id}/screening", {"in_scope": True, "urgency": "emergency"}, version=1
    )


async def _ask(telling: Telling) -> str:
    """The words of the receipt."""
    told = {"story": STORY, "name": "Залина Выдуманная", "handle": "+7 900 000-77-77", "in_danger": "yes"}
    page = await _send(telling, "/ru/ask", {**told, "hours": "после полуночи", "cover": "магазин тканей"})
    words = [html.unescape(word) for word in re.findall(r"<li>(\w+)</li>", page)]
    draft = _hidden(page, "draft")
    await _send(telling, "/ru/receipt/sent", {"draft": draft, "word_2": words[1], "word_5": words[4]})
    return " ".join(words)


async def _read(telling: Telling, code: str) -> str:
    """Look with the receipt until the answer is there; what the page gives for writing back."""
    page = ""

    async def there() -> bool:
        nonlocal page
        page = await _send(telling, "/ru/thread", {"code": code})
        return ANSWER in page

    await patiently(there, "the answer does not come to the front door")
    return _hidden(page, "visit")


async def _send(telling: Telling, path: str, form: Json) -> str:
    answer = await telling.stage.http.post(telling.stage.plan.front_door_url + path, data=form)
    if answer.is_error:
        raise LocalError(f"the front door answered {answer.status_code} to {path}")
    return answer.text


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    if found is None:
        raise LocalError(f"a page of the front door has no field {name}")
    return found.group(1)

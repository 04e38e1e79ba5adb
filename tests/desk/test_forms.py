"""What a form changes: once, by whoever it was made for, at the version that was seen."""

import re
from pathlib import Path

from deploy.local.story.cast import staff_id
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import AccessChanged, CodeWordSaid, SaidWord
from shared.contracts.logistics import CheckInMissed
from shared.settings import Limits
from tests.desk.conftest import believe
from tests.desk.parlour import Browser, fields, open_parlour
from tests.support.room import Room


async def alert(notify: Room, *names: str) -> str:
    """A missed check-in of a case that these members of staff are assigned to; the id of the case."""
    case_id, at = new_id(), notify.clock.now()
    assigned = tuple(staff_id(name) for name in names)
    await notify.tell(AccessChanged(case_id=case_id, at=at, assigned=assigned, recused=()))
    await notify.tell(CheckInMissed(case_id=case_id, journey_id=new_id(), check_in_id=new_id(), at=at, step="due"))
    return case_id


async def action(browser: Browser) -> str:
    """Where the form of the only alert is sent to."""
    page = (await browser.get("/alerts")).text
    return "/alerts/" + page.split('action="/alerts/')[1].split('"')[0]


async def state(notify: Room) -> list[str]:
    from sqlalchemy import select

    from services.notify.messages.store import ALERTS

    return [row["state"] for row in await notify.rows(select(ALERTS.c.state))]


async def test_a_double_click_does_it_once(tmp_path: Path, notify: Room) -> None:
    """The same form sent twice gets the same answer, and notify did it once."""
    await alert(notify, "coordinator")
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        browser = await parlour.sign_in("coordinator")
        page, act = await browser.get("/alerts"), await action(browser)
        first, second = await browser.submit(page, act), await browser.submit(page, act)
        assert [(one.status_code, one.headers["location"]) for one in (first, second)] == [(303, "/alerts")] * 2
        assert await state(notify) == ["acknowledged"]
        assert "No alert waits for you." in (await browser.get("/alerts")).text
        sent = [one for one in parlour.wires.asked if one.method == "POST" and one.url.host == "notify.example"]
        assert len({one.headers["idempotency-key"] for one in sent}) == 1
        assert {one.headers["if-match"] for one in sent} == {'"1"'}


async def test_a_form_without_its_token_changes_nothing(tmp_path: Path, notify: Room) -> None:
    """No token, a made-up one, one for another act and one of another session are refused before notify is asked."""
    await alert(notify, "coordinator", "reviewer")
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        browser, colleague = await parlour.sign_in("coordinator"), await parlour.sign_in("reviewer")
        act = await action(browser)
        theirs = fields(await colleague.get("/alerts"), act)["token"]
        elsewhere = fields(await browser.get("/alerts"), "/sign-out")["token"]
        for token in ("", "made.up", theirs, elsewhere):
            refused = await browser.http.post(act, data={"token": token, "version": "1"})
            assert refused.status_code == 403
            assert "This form was not made for your present session" in refused.text
        assert (await browser.http.post("/sign-out", data={"token": theirs})).status_code == 403
        assert (await browser.http.post(act, data={"version": "1"})).status_code == 403
        assert await state(notify) == ["open"]
        assert not [one for one in parlour.wires.asked if one.method == "POST" and one.url.host == "notify.example"]


async def test_who_is_second_is_told_and_shown_the_way_back(tmp_path: Path, notify: Room) -> None:
    """A form about a version that is no longer the present one changes nothing and says so, with a link to reload."""
    await alert(notify, "coordinator", "reviewer")
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        browser, colleague = await parlour.sign_in("coordinator"), await parlour.sign_in("reviewer")
        page, act = await browser.get("/alerts"), await action(browser)
        await colleague.submit(await colleague.get("/alerts"), act)
        second = await browser.submit(page, act)
        assert second.status_code in (409, 412)
        assert "somebody else has changed" in second.text.lower()
        assert '<a class="button" href="/alerts">Load the page again</a>' in second.text


async def test_a_duress_word_waits_on_the_page_until_the_all_clear(tmp_path: Path, notify: Room) -> None:
    """Whoever looks after it still sees it, with what is held back; who took the word down sees nothing of it."""
    case_id, person_id = await alert(notify, "coordinator", "reviewer"), new_id()
    word = Sealed.of(person_id, SaidWord(duress=True, taken_by=staff_id("reviewer")))
    about = {"case_id": case_id, "person_id": person_id, "hearing_id": new_id(), "at": notify.clock.now()}
    await notify.tell(CodeWordSaid(**about, word=word))
    held = "No news of this case leaves until you know that they are safe."
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        browser, forced = await parlour.sign_in("coordinator"), await parlour.sign_in("reviewer")
        assert "Duress word" not in (await forced.get("/alerts?every=true")).text
        page = await browser.get("/alerts")
        clear = re.findall(r'action="(/alerts/\w+/all-clear)"', page.text)
        assert (len(clear), held in page.text) == (1, True)
        await browser.submit(page, clear[0].replace("all-clear", "acknowledgement"))
        taken = await browser.get("/alerts")
        assert (held in taken.text, "looked after" in taken.text) == (True, True)
        await browser.submit(taken, clear[0])
        assert held not in (await browser.get("/alerts")).text
        assert sorted(await state(notify)) == ["open", "resolved"]


async def test_a_form_of_a_session_that_is_over_is_not_done(tmp_path: Path, notify: Room) -> None:
    """Whoever sends it is told that nothing was done."""
    await alert(notify, "coordinator")
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        browser = await parlour.sign_in("coordinator")
        page, act = await browser.get("/alerts"), await action(browser)
        browser.http.cookies.clear()
        answer = await browser.submit(page, act)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?lost=true")
        assert "what you sent was not done" in (await browser.get("/sign-in?lost=true")).text
        assert await state(notify) == ["open"]


async def test_the_desk_counts_every_call_for_its_address(tmp_path: Path) -> None:
    """It takes no tokens, so a header that looks like one gets nobody around its limit."""
    async with open_parlour(tmp_path, limits=Limits(public_per_s=1e-6, public_burst=2)) as parlour:
        browser = parlour.browser()
        browser.http.headers["Authorization"] = "Bearer made.up.token"
        assert [(await browser.get("/sign-in")).status_code for _ in range(3)] == [200, 200, 429]


async def test_pages_load_nothing_but_their_style_and_are_kept_nowhere(tmp_path: Path, notify: Room) -> None:
    """No script, no frame, no form elsewhere, no cache, no referrer; 12 KB of style at most."""
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        browser = await parlour.sign_in("coordinator")
        for path in ("/alerts", "/nowhere", "/sign-in"):
            page = await browser.get(path)
            assert page.headers["content-security-policy"] == (
                "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            )
            assert page.headers["cache-control"] == "no-store"
            assert page.headers["referrer-policy"] == "no-referrer"
            assert "<script" not in page.text
            assert "<svg" not in page.text
        assert len((await browser.get("/style.css")).content) < 12 * 1024

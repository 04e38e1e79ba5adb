"""A form that is refused comes back with what was typed, in front of a real intake."""

import re
from pathlib import Path

from services.desk.pages.kept import refilled
from tests.desk.conftest import believe
from tests.desk.parlour import open_parlour
from tests.desk.test_case import ADAM, open_case
from tests.intake.test_way_to_a_plan import ask
from tests.support.room import Room, staff

PAGE = """<form action="/a"><input type="hidden" name="which" value="1"><input name="x"></form>
<details><summary>More</summary><form action="/a"><input type="hidden" name="which" value="2">
<input name="x" value="old"><input name="word"><textarea name="y">was</textarea>
<select name="z"><option value="1" selected>One</option><option value="2">Two</option></select>
<select name="z"><option value="1" selected>One</option><option value="2">Two</option></select>
<input type="checkbox" name="c" value="1" checked><input type="checkbox" name="c" value="2"></form></details>"""


def test_a_form_is_filled_as_it_was_typed() -> None:
    """The right one of two, opened; each field has its own, escaped; a secret word is not said again."""
    typed = [("which", "2"), ("x", 'a"<b>'), ("word", "snow"), ("y", "</textarea>"), ("z", "2"), ("z", "1"), ("c", "2")]
    page = refilled(PAGE, "/a", typed, "<p>No.</p>", {"y": "<b>Here</b>"})
    assert page == (
        """<form action="/a"><input type="hidden" name="which" value="1"><input name="x"></form>
<details open><summary>More</summary><form action="/a"><p>No.</p><input type="hidden" name="which" value="2">
<input name="x" value="a&quot;&lt;b&gt;"><input name="word"><b>Here</b><textarea name="y">
&lt;/textarea&gt;</textarea>
<select name="z"><option value="1">One</option><option value="2" selected>Two</option></select>
<select name="z"><option value="1" selected>One</option><option value="2">Two</option></select>
<input type="checkbox" name="c" value="1"><input type="checkbox" name="c" value="2" checked></form></details>"""
    )


def test_a_page_without_the_form_is_left_alone() -> None:
    """Another action, other hidden fields, or nothing to type in."""
    assert refilled(PAGE, "/b", [("which", "1")], "", {}) is None
    assert refilled(PAGE, "/a", [("which", "3")], "", {}) is None
    assert refilled('<form action="/a"><button>Go</button></form>', "/a", [], "", {}) is None


def test_what_a_form_says_by_itself_may_have_changed() -> None:
    """The only form with this act is still the one, but not where rows could be mistaken for one another."""
    one = '<form action="/a"><input type="hidden" name="urgency" value="normal"><input name="x"></form>'
    assert 'value="kept"' in str(refilled(one, "/a", [("urgency", "urgent"), ("x", "kept")], "", {}))
    row = '<input type="hidden" name="goal_id" value="%s"><input name="goal">'
    rows = f'<form action="/a">{row % 1}{row % 2}</form>'
    assert refilled(rows, "/a", [("goal_id", "1"), ("goal", "Go"), ("goal_id", "3"), ("goal", "Stay")], "", {}) is None


async def test_nothing_that_was_typed_is_lost_by_a_refusal(tmp_path: Path, intake: Room) -> None:
    """By a rule of the service, by a field that does not fit, by a colleague who was first; then it is sent again."""
    async with intake.client(staff("intake_officer")) as client:
        request = await ask(client)
    case_id = await open_case(intake, "Larch 5", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser, path = await parlour.sign_in("officer"), f"/requests/{request}"
        stale = await browser.get(path)
        typed = {"outcome": "out_of_scope", "answer": "We are <sorry>."}
        refused = await browser.submit(stale, f"{path}/screening", **typed)
        assert (refused.status_code, "Say why this is not for us." in refused.text) == (422, True)
        assert ">\nWe are &lt;sorry&gt;.</textarea>" in refused.text
        assert '<option value="out_of_scope" selected>' in refused.text
        await browser.submit(stale, f"{path}/claim")
        late = await browser.submit(stale, f"{path}/screening", **typed, reason="A loan.")
        assert (late.status_code, "Somebody else was first" in late.text) == (412, True)
        again = await browser.submit(late, f"{path}/screening", **typed, reason="A loan.")
        assert again.status_code == 303
        person = re.findall(r'href="(/people/\w+)"', (await browser.get(f"/cases/{case_id}")).text)[0]
        contact = {"channel": "signal", "handle": "+7 900 1", "zone": "Europe/Moscow", "language": "Russian"}
        words = {"code_word": "snow on the ridge", "duress_word": "rain"}
        refused = await browser.submit(await browser.get(person), f"{person}/safe-contact", **contact, **words)
        assert refused.status_code == 422
        assert re.search(r'<strong class="wrong">This does not fit:</strong>\s*<select id="language"', refused.text)
        assert 'value="+7 900 1"' in refused.text
        assert "snow on the ridge" not in refused.text
        lost = await browser.http.post(f"{path}/screening", data={**typed, "here": path, "token": "made.up"})
        assert (lost.status_code, "We are" in lost.text) == (422, False)

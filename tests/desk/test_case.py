"""The board and the case page, in front of a real intake."""

import re
from pathlib import Path

from deploy.local.story.cast import STAFF, staff_id
from shared.access import Actor
from shared.clock import new_id
from tests.desk.conftest import believe
from tests.desk.parlour import open_parlour
from tests.support.room import Room

ADAM = {
    "name_in_use": "Adam <b>",
    "pronouns": "he",
    "name_on_papers": "Rosalind Inventedpapers",
    "born_on": "1994-02-11",
    "country_of_danger": "RU",
}
SAMI = {**ADAM, "name_in_use": "Sami", "pronouns": "they"}


async def open_case(intake: Room, code_name: str, people: list[dict[str, str]], team: tuple[str, ...] = ()) -> str:
    """The officer opens a case for these people."""
    officer = Actor(staff_id("officer"), "staff", frozenset(STAFF["officer"]))
    told = {"channel": "messenger", "language": "ru", "asked_by": "self", "country": "RU", "story": "Last night."}
    async with intake.client(officer) as client:
        request = (await client.post("/requests", json=told)).json()["id"]
        screening = {"json": {"in_scope": True}, "headers": {"If-Match": '"1"'}}
        await client.post(f"/requests/{request}/screening", **screening)
        case = {"code_name": code_name, "people": people, "team": [staff_id(name) for name in team]}
        opened = await client.post(f"/requests/{request}/case", json=case, headers={"If-Match": '"2"'})
        assert opened.status_code == 201, opened.text
        return str(opened.json()["id"])


def without_chance(page: str, case_id: str) -> str:
    """A page without what differs each time: the case's id, and the tokens of forms."""
    return re.sub(r'name="token" value="[^"]*"', "", page.replace(case_id, "CASE"))


async def test_the_board_says_in_words_where_everybody_stands(tmp_path: Path, intake: Room) -> None:
    """One line for those of a case at the same place, by code name, filtered by state; a link to the case."""
    larch = await open_case(intake, "Larch 2", [ADAM, SAMI])
    await open_case(intake, "Heron 1", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        board = (await browser.get("/board")).text
        assert re.findall(r'href="/cases/\w+">([^<]+)<', board) == ["Heron 1", "Larch 2"]
        assert f'<a href="/cases/{larch}">Larch 2</a>' in board
        assert re.findall(r'data-label="People">(\d+)<', board) == ["1", "2"]
        assert re.findall(r'<span class="tag">([^<]+)</span>', board) == ["being verified", "being verified"]
        assert "Larch 2" in (await browser.get("/board?state=verifying")).text
        assert "Nobody here" in (await browser.get("/board?state=settling")).text
        assert "Nobody here" in (await (await parlour.sign_in("reviewer")).get("/board")).text


async def test_who_does_not_work_with_people_reads_that_names_are_masked(tmp_path: Path, intake: Room) -> None:
    """A reviewer's page says so in the place of the name, and works otherwise."""
    case_id = await open_case(intake, "Larch 2", [SAMI], ("reviewer",))
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        page = (await (await parlour.sign_in("reviewer")).get(f"/cases/{case_id}")).text
        assert "<h3>Name masked" in page
        assert "<dd>they</dd>" in page
        assert "Sami" not in page


async def test_a_case_shows_what_was_told_and_names_who_is_missing(tmp_path: Path, intake: Room) -> None:
    """Names in use and pronouns, escaped; never the name on papers. Services that are silent are named as missing."""
    case_id = await open_case(intake, "Larch 2", [ADAM, SAMI])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        page = (await (await parlour.sign_in("officer")).get(f"/cases/{case_id}")).text
        assert "<h1>Case Larch 2</h1>" in page
        assert "Adam &lt;b&gt;" in page
        assert "<dd>they</dd>" in page
        assert "Inventedpapers" not in page
        assert "Case opened" in page
        assert "by you" in page
        for silent in ("Logistics", "Settlement", "Notify"):
            assert f"{silent} did not answer." in page
        assert "Intake did not answer." not in page
        assert not [one for one in parlour.wires.asked if "Adam" in str(one.url) or "Larch" in str(one.url)]


async def test_a_refusing_service_is_missing_and_not_empty(tmp_path: Path, intake: Room, notify: Room) -> None:
    """Notify has not heard of the case yet; the page says that it tells nothing, instead of showing no news."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app, notify=notify.app) as parlour:
        believe(intake, tmp_path)
        believe(notify, tmp_path)
        page = (await (await parlour.sign_in("officer")).get(f"/cases/{case_id}")).text
        assert "Notify does not tell you this." in page


async def test_what_one_may_not_see_looks_like_what_does_not_exist(tmp_path: Path, intake: Room) -> None:
    """The same status and the same page, but for the address that was asked."""
    case_id, nowhere = await open_case(intake, "Larch 2", [ADAM]), new_id()
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        stranger = await parlour.sign_in("reviewer")
        hidden, none = await stranger.get(f"/cases/{case_id}"), await stranger.get(f"/cases/{nowhere}")
        assert (hidden.status_code, none.status_code) == (404, 404)
        assert without_chance(hidden.text, case_id) == without_chance(none.text, nowhere)
        assert "Break the glass" in hidden.text


async def test_without_intake_a_case_is_missing_and_not_unknown(tmp_path: Path, notify: Room) -> None:
    """Nothing is said about a case of which nobody could be asked, except that intake did not answer."""
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        page = await (await parlour.sign_in("officer")).get(f"/cases/{new_id()}")
        assert page.status_code == 200
        assert "Intake did not answer." in page.text


async def test_a_reason_is_needed_to_break_the_glass(tmp_path: Path, intake: Room) -> None:
    """Without one, or without a place, nobody is asked to open anything."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    act = f"/cases/{case_id}/break-glass"
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        stranger = await parlour.sign_in("reviewer")
        page = await stranger.get(f"/cases/{case_id}")
        for typed in ({"reason": " ", "service": "intake"}, {"reason": "They called from the border."}):
            answer = await stranger.submit(page, act, **typed)
            assert answer.status_code == 422
            assert "Say in a few words why" in answer.text
        assert not [one for one in parlour.wires.asked if one.url.path == act]

"""From a call to a case of two people, by the pages alone, in front of a real intake."""

import re
from pathlib import Path

from deploy.local.story.cast import staff_id
from tests.desk.conftest import believe
from tests.desk.parlour import open_parlour
from tests.desk.test_approvals import only_approval
from tests.desk.test_case import ADAM, open_case
from tests.support.room import Room

CALL = {"channel": "phone", "story": "They came for my <friend>.", "urgency": "urgent", "name": "Mira", "contact": ""}
SAID = {"language": "ru", "country": "RU"}
ASKER = {"asker_name": "Aunt Zara", "asker_contact": "+7 900 77", "person_agrees": "yes", "contact_person": "true"}
MIRA = {"name_in_use": "Mira", "born_on": "1994-02-11", "country_of_danger": "RU", "languages": ["ru", "", "ce"]}
SON = {"name_in_use": "Timur", "born_on": "2009-02-11", "country_of_danger": "RU", "languages": ["", "", ""]}


async def test_a_call_becomes_a_request_a_case_and_a_family(tmp_path: Path, intake: Room) -> None:
    """Written down, screened, opened with a colleague on it, and somebody joins; no id is typed by hand."""
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        colleague, browser = await parlour.sign_in("caseworker"), await parlour.sign_in("officer")
        await colleague.get("/board")
        parlour.app.state.desk.acquainted.forget()
        assert "Write down a request" in (await browser.get("/requests")).text
        blank = await browser.get("/new-request")
        sent = await browser.submit(blank, "/new-request", **CALL, **SAID, **ASKER, asked_by="relative")
        path = sent.headers["location"]
        assert re.fullmatch(r"/requests/[0-9a-f]{32}", path)
        page = await browser.get(path)
        for said in ("They came for my &lt;friend&gt;.", "Aunt Zara (+7 900 77)", ">Russian<", ">Russia<", "urgent"):
            assert said in page.text
        assert f'action="{path}/case"' not in page.text
        await browser.submit(page, f"{path}/screening", outcome="in_scope")
        page = await browser.get(path)
        assert 'name="name_in_use" required maxlength="200" value="Mira"' in page.text
        assert f'name="team" value="{staff_id("caseworker")}"' in page.text
        team = {"team": [staff_id("caseworker")]}
        opened = await browser.submit(page, f"{path}/case", code_name="Heron 12", **MIRA, **team)
        case = opened.headers["location"]
        seen = await colleague.get(case)
        assert f'href="{path}">What was told</a>' in seen.text
        assert "Next: <a" in seen.text
        assert ("Case Heron 12" in seen.text, "Russian, Chechen" in seen.text) == (True, True)
        family = await colleague.get(f"{case}/family")
        added = await colleague.submit(family, f"{case}/people", **SON)
        timur = (await colleague.get(added.headers["location"])).text
        assert ("11 February 2009" in timur, "<dd>Russia</dd>" in timur) == (True, True)
        assert "Under 18" in (await colleague.get(case)).text


async def test_who_asks_for_themselves_names_nobody_else(tmp_path: Path, intake: Room) -> None:
    """What was left in the fields of another asker is not sent; who receives no requests may not write one down."""
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        blank = await browser.get("/new-request")
        alone = {**CALL, **SAID, "person_agrees": "unknown", "asked_by": "self"}
        sent = await browser.submit(blank, "/new-request", **alone)
        assert "asked for this person" not in (await browser.get(sent.headers["location"])).text
        reviewer = await parlour.sign_in("reviewer")
        assert (await reviewer.submit(await reviewer.get("/new-request"), "/new-request", **alone)).status_code == 403


async def test_who_asks_to_be_forgotten_is_proposed_for_erasure(tmp_path: Path, intake: Room) -> None:
    """On their page, with what they asked; it waits for somebody else, who reads why."""
    case_id = await open_case(intake, "Larch 6", [ADAM], ("reviewer",))
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser, other = await parlour.sign_in("officer"), await parlour.sign_in("reviewer")
        (path,) = re.findall(r'href="(/people/\w+)"', (await browser.get(f"/cases/{case_id}")).text)
        page = await browser.get(path)
        (request,) = re.findall(r'name="request" value="(\w+)"', page.text)
        typed = {"reason": "He asked on the phone to be <forgotten>.", "request": [request]}
        sent = await browser.submit(page, f"{path}/erasure", **typed)
        assert (sent.status_code, sent.headers["location"]) == (303, path)
        shown = await other.get(await only_approval(other, "intake"))
        for sentence in ("Larch 6", "He asked on the phone to be &lt;forgotten&gt;."):
            assert sentence in shown.text

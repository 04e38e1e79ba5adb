"""Verification, triage, plan and hand-over, done from page to page with forms and without scripts."""

import re
from pathlib import Path
from typing import Any

import httpx

from deploy.local.story.cast import STAFF, staff_id
from shared.access import Actor
from shared.clock import new_id
from tests.desk.conftest import believe
from tests.desk.parlour import Browser, open_parlour
from tests.desk.test_case import ADAM, open_case
from tests.intake.test_entries import enter
from tests.intake.test_triage import triage as decide_triage
from tests.intake.test_way_to_a_plan import PLAN, check, decide, propose
from tests.support.room import Room

TEAM = ("reviewer", "supervisor", "caseworker")


def member(name: str) -> Actor:
    return Actor(staff_id(name), "staff", frozenset(STAFF[name]))


async def sent(browser: Browser, path: str, action: str, **typed: Any) -> httpx.Response:
    """The page at `path` after its form with this action was sent."""
    answer = await browser.submit(await browser.get(path), action, **typed)
    assert answer.status_code == 303, answer.text
    return await browser.get(path)


async def verified(intake: Room, case_id: str) -> None:
    async with intake.client(member("officer")) as client, intake.client(member("reviewer")) as other:
        await check(client, case_id)
        assert (await decide(other, (await propose(client, case_id)).json())).status_code == 200


async def test_a_finding_and_a_verdict_are_recorded_from_the_page(tmp_path: Path, intake: Room) -> None:
    """What is missing is said; contradicting findings stand side by side; a reviewer without part in it decides."""
    case_id = await open_case(intake, "Larch 2", [ADAM], TEAM)
    async with intake.client(member("caseworker")) as client:
        await check(client, case_id)
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser, path = await parlour.sign_in("officer"), f"/cases/{case_id}/verification"
        assert "interviews by different people" in (await browser.get(path)).text
        item = {"kind": "witness", "supports": "persecution", "result": "refuted", "source": "A neighbour"}
        page = await sent(browser, path, f"{path}/items", **item)
        assert "contradicted" in page.text
        assert page.text.index("A neighbour") > page.text.index("The northern network")
        said = {"verdict": "verified", "mode": "partner", "reason": "He knows the street."}
        page = await sent(browser, path, f"{path}/proposal", **said)
        assert "you proposed: verified" in page.text
        reviewer = await parlour.sign_in("reviewer")
        (link,) = re.findall(r'href="(/approvals/intake/\w+)"', (await reviewer.get("/approvals")).text)
        page = await reviewer.get(link)
        assert "He knows the street." in page.text
        assert "He was held for eleven days in a cellar." in page.text


async def test_the_sum_is_explained_before_anybody_decides(tmp_path: Path, intake: Room) -> None:
    """The page shows which rules counted; the decision and its reason stand in the history."""
    case_id = await open_case(intake, "Larch 2", [ADAM], TEAM)
    await verified(intake, case_id)
    async with intake.client(member("officer")) as client:
        (adam,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        await enter(client, adam["id"], "need", "LP-IH", kept=True)
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser, path = await parlour.sign_in("officer"), f"/cases/{case_id}/triage"
        page = await browser.submit(await browser.get(path), f"{path}/assessment", code="threat.hunted")
        assert re.search(r"Looked for by name</th><td[^>]*>40<", page.text)
        assert re.search(r"In hiding<span[^>]*>Adam [^:]*: In hiding, since 1 April 2017. <span", page.text)
        await browser.submit(page, path, priority="normal", reason="He is abroad by now.")
        page = await browser.get(path)
        assert "otherwise than suggested" in page.text
        assert "He is abroad by now." in page.text


async def test_a_plan_is_written_and_approved_from_the_pages(tmp_path: Path, intake: Room) -> None:
    """A supervisor reads exactly the draft."""
    case_id = await open_case(intake, "Larch 2", [ADAM], TEAM)
    await verified(intake, case_id)
    async with intake.client(member("officer")) as client:
        assert (await decide_triage(client, case_id, 4, ["threat.hunted"], "urgent")).status_code == 200
        written = await client.post(f"/cases/{case_id}/plan", json=PLAN, headers={"If-Match": '"5"'})
        assert written.status_code == 201
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser, path = await parlour.sign_in("officer"), f"/cases/{case_id}/plan"
        blank = (await browser.get(path)).text
        assert f'<option value="{staff_id("officer")}">you</option>' in blank
        goals = {
            "goal": ["A doctor", ""],
            "goal_id": ["", ""],
            "due_on": ["2017-04-20", ""],
            "responsible_id": [staff_id("officer"), ""],
        }
        lines = dict.fromkeys(("warning_signs", "safe_places", "contacts"), "One line")
        safety = {**lines, "steps": "Leave by the roof\n\nThen north", "review_on": "2017-06-01"}
        page = await sent(browser, path, path, **goals, **safety)
        assert "Leave by the roof" in page.text
        page = await sent(browser, path, f"{path}/proposal")
        assert "A supervisor who wrote none of it decides." in page.text
        supervisor = await parlour.sign_in("supervisor")
        (link,) = re.findall(r'href="(/approvals/intake/\w+)"', (await supervisor.get("/approvals")).text)
        page = await supervisor.get(link)
        assert "Then north" in page.text
        for where in ("/approvals", "/duties", link):
            assert "Larch 2" in (await supervisor.get(where)).text
        await supervisor.submit(page, f"{link}/decision", say="yes")
        page = await browser.get(path)
        assert "No plan was approved yet." not in page.text


async def test_colleagues_have_names_and_are_chosen_by_them(tmp_path: Path, intake: Room) -> None:
    """Who signs in is known to the others; a team is ticked, keeps whom nobody named, and a name is changed."""
    case_id = await open_case(intake, "Larch 3", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        officer, other = await parlour.sign_in("officer"), await parlour.sign_in("caseworker")
        await other.get("/board")
        parlour.app.state.desk.acquainted.forget()
        path = f"/cases/{case_id}/team"
        page = await officer.get(path)
        assert "Caseworker</label>" in page.text
        assert f'name="assigned" value="{staff_id("officer")}" checked' in page.text
        both_of_them = [staff_id("officer"), staff_id("caseworker")]
        await officer.submit(page, path, assigned=both_of_them)
        assert f'name="assigned" value="{staff_id("caseworker")}" checked' in (await officer.get(path)).text
        own = f"/colleagues/{staff_id('caseworker')}"
        form = await other.get("/colleagues")
        await other.submit(form, own, name="Kestrel")
        twice = await other.submit(form, own, name="Merlin")
        assert (twice.status_code >= 400, 'value="Merlin"' in twice.text) == (True, True)
        page = await officer.get(path)
        assert "Kestrel</label>" in page.text
        assert f'<option value="{staff_id("caseworker")}">' not in page.text


async def test_pages_do_without_names_while_intake_is_away(tmp_path: Path) -> None:
    """It is asked once and not with every page."""
    async with open_parlour(tmp_path, intake=None) as parlour:
        browser = await parlour.sign_in("officer")
        for _ in range(3):
            await browser.get("/figures")
        asked = [one for one in parlour.wires.asked if one.url.path == "/colleagues"]
        assert len(asked) == 1


async def test_a_case_is_offered_and_taken_from_the_pages(tmp_path: Path, intake: Room) -> None:
    """The offer is on both people's page; who took it has the case, and who gave it reads that there is none."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        giver, taker = await parlour.sign_in("officer"), await parlour.sign_in("caseworker")
        page = await giver.get(f"/cases/{case_id}/team")
        await giver.submit(page, f"/cases/{case_id}/transfers", to=staff_id("caseworker"), note="Be kind.")
        assert "Take the offer back" in (await giver.get("/transfers")).text
        waits = await taker.get("/transfers")
        assert "Be kind." in waits.text
        (act,) = re.findall(r'action="(/transfers/\w+/answer)"', waits.text)
        await taker.submit(waits, act, say="yes")
        assert (await taker.get(f"/cases/{case_id}")).status_code == 200
        assert (await giver.get(f"/cases/{case_id}")).status_code == 404
        assert (await giver.get(f"/cases/{new_id()}/team")).status_code == 404


async def test_a_caseworker_sees_the_team_hands_on_and_keeps_away(tmp_path: Path, intake: Room) -> None:
    """Who may not change who is on the case still finds the forms that are theirs, and its statements."""
    case_id = await open_case(intake, "Larch 4", [ADAM])
    async with intake.client(member("officer")) as client:
        assigned = {"assigned": [staff_id("officer"), staff_id("caseworker")]}
        await client.post(f"/cases/{case_id}/team", json=assigned, headers={"If-Match": '"1"'})
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("caseworker")
        for name in ("officer", "reviewer"):
            await (await parlour.sign_in(name)).get("/board")
        parlour.app.state.desk.acquainted.forget()
        path = f"/cases/{case_id}/team"
        page = await browser.get(path)
        assert (page.status_code, "Officer" in page.text, "Save the team" in page.text) == (200, True, False)
        assert re.findall(r'<option value="(\w+)">', page.text) == [staff_id("reviewer")]
        assert "does not tell you this" not in (await browser.get(f"/cases/{case_id}")).text
        assert (await browser.get(f"/cases/{case_id}/statements")).status_code == 200
        offered = await browser.submit(page, f"/cases/{case_id}/transfers", to=staff_id("reviewer"), note="I am ill.")
        assert offered.headers["location"] == "/transfers"
        gone = await browser.submit(page, f"/cases/{case_id}/recusal", reason="My home town.")
        assert gone.headers["location"] == "/board"
        assert (await browser.get(path)).status_code == 404

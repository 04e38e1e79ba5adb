"""The forms of everyday work: interpreters, appointments, contact, death, files of evidence, caps, legal holds."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy.local.story.cast import staff_id
from tests.desk.conftest import believe
from tests.desk.parlour import Browser, fields, open_parlour
from tests.desk.test_case import ADAM, SAMI, open_case
from tests.desk.test_casework import member
from tests.intake.test_diary import AYLA, SECOND
from tests.intake.test_safe_contact import agree
from tests.support.room import NOON, Room

PNG = b"\x89PNG\r\n\x1a\n" + b"a photograph of a summons " * 200
TYPED = {"kind": "interview", "place": "The library", "zone": "Europe/Vilnius", "language": "ce"}
TIMES = {"starts_at": "2017-04-10T15:00", "ends_at": "2017-04-10T16:00"}

AFTERNOONS = [{"days": [1], "begins": "14:00", "until": "16:00"}]
"""In Moscow; the clock stands at 15:00 there on a Monday."""


async def people_of(intake: Room, case_id: str) -> list[str]:
    async with intake.client(member("officer")) as client:
        return [one["id"] for one in (await client.get(f"/cases/{case_id}/people")).json()["people"]]


async def act(browser: Browser, page: str, action: str, **typed: Any) -> str:
    """The page after its form with this action was sent."""
    answer = await browser.submit(await browser.get(page), action, **typed)
    assert answer.status_code == 303, answer.text
    return (await browser.get(page)).text


async def upload(browser: Browser, page: str, action: str, content: bytes) -> httpx.Response:
    hidden = fields(await browser.get(page), action)
    return await browser.http.post(action, data=hidden, files={"file": ("letter.png", content, "image/png")})


async def test_an_interpreter_is_found_booked_replaced_and_kept_away(tmp_path: Path, intake: Room) -> None:
    """Entered by one manager and vetted by another; offered for the language and hour alone; whoever is kept away from
    the case is offered no more, and somebody must be found anew."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    (adam,) = await people_of(intake, case_id)
    async with intake.client(member("manager")) as client, intake.client(SECOND) as other:
        made = (await client.post("/interpreters", json={**AYLA, "name": "Ayla <1>"})).json()
        url, signed = f"/interpreters/{made['id']}/vetting", {"signed_on": "2017-04-01"}
        assert (await other.post(url, json=signed, headers={"If-Match": '"1"'})).status_code == 200
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        officer, manager = await parlour.sign_in("officer"), await parlour.sign_in("manager")
        entered = {"name": "Beka", "languages": "ce, ka", "gender": "male", "zone": "Asia/Tbilisi", "towns": ""}
        page = await act(manager, "/interpreters", "/interpreters", **entered)
        assert "ce, ka" in page
        assert "not vetted yet" in page
        diary = f"/cases/{case_id}/diary"
        choice = await officer.submit(
            await officer.get(diary), f"/cases/{case_id}/appointments", **TYPED, **TIMES, person_id=adam
        )
        assert choice.status_code == 200
        assert "Arrange it with Ayla &lt;1&gt;" in choice.text
        assert "Beka" not in choice.text
        assert (await officer.submit(choice, f"/cases/{case_id}/appointments")).status_code == 303
        page = (await officer.get(diary)).text
        assert "10 April 2017, 12:00 UTC" in page
        assert "<dd>Ayla &lt;1&gt;</dd>" in page
        away = {"interpreter_id": made["id"], "reason": "They are cousins."}
        page = await act(officer, diary, f"/cases/{case_id}/excluded-interpreters", **away)
        assert "Find another interpreter, or another time" in page
        choice = await officer.submit(
            await officer.get(diary), f"/cases/{case_id}/appointments", **TYPED, **TIMES, person_id=adam
        )
        assert "Ayla" not in choice.text
        assert "Nobody is free then." in choice.text


async def test_an_appointment_is_moved_cancelled_and_told_of(tmp_path: Path, intake: Room) -> None:
    """Moved with a reason by the clocks of its place; cancelled once; said to be kept only when it is over; an old
    version is refused."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        officer = await parlour.sign_in("officer")
        diary, book = f"/cases/{case_id}/diary", f"/cases/{case_id}/appointments"
        typed = {**TYPED, **TIMES, "language": ""}
        page = await act(officer, diary, book, **typed)
        appointment = f"{book}/{page.split(book + '/')[1][:32]}"
        later = {"starts_at": "2017-04-11T09:00", "ends_at": "2017-04-11T10:00", "zone": "Europe/Vilnius"}
        page = await act(officer, diary, f"{appointment}/times", **later, reason="The clinic asked.")
        assert "11 April 2017, 06:00 UTC" in page
        early = await officer.submit(await officer.get(diary), f"{appointment}/outcome", outcome="kept")
        assert early.status_code == 409
        old = await officer.http.post(
            f"{appointment}/cancellation",
            data={**fields(await officer.get(diary), f"{appointment}/cancellation"), "version": "1", "reason": "No."},
        )
        assert old.status_code == 412
        page = await act(officer, diary, f"{appointment}/cancellation", reason="He is ill.")
        assert '<span class="tag">cancelled</span>' in page
        assert f"{appointment}/cancellation" not in page
        soon = {**typed, "starts_at": "2017-04-12T09:00", "ends_at": "2017-04-12T10:00"}
        page = await act(officer, diary, book, **soon)
        (other,) = {part[:32] for part in page.split(f"{book}/")[1:]}
        intake.clock.move(NOON + timedelta(days=10))
        page = await act(officer, diary, f"{book}/{other}/outcome", outcome="no_show", note="Nobody came.")
        assert '<span class="tag">nobody came</span>' in page


async def test_contact_and_death_are_written_down_on_the_page_of_a_person(tmp_path: Path, intake: Room) -> None:
    """What is unsafe is refused; what was tried stands with its result; who died is no longer awaited, and the other
    goes on."""
    case_id = await open_case(intake, "Larch 2", [ADAM, SAMI])
    adam, _ = await people_of(intake, case_id)
    async with intake.client(member("officer")) as client:
        assert (await agree(client, adam, hours=AFTERNOONS)).status_code == 200
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        officer, path = await parlour.sign_in("officer"), f"/people/{adam}"
        attempt = {"channel": "signal", "result": "no_answer", "note": "It rang <twice>."}
        refused = await officer.submit(
            await officer.get(path), f"{path}/contact-attempts", **{**attempt, "channel": "whatsapp"}
        )
        assert refused.status_code == 409
        page = await act(officer, path, f"{path}/contact-attempts", **attempt)
        assert "Signal: no answer" in page
        assert "It rang &lt;twice&gt;." in page
        await act(officer, path, f"{path}/death", on="2017-04-02", note="His sister wrote.")
        assert "deceased" in (await officer.get("/board")).text
        again = await officer.submit(await officer.get(path), f"{path}/death", on="", note="Again.")
        assert again.status_code == 409


async def test_a_file_is_added_to_a_finding_and_read_again(tmp_path: Path, intake: Room) -> None:
    """The very bytes come back as a download with their digest; what is no picture or paper is refused, and a form that
    was not given to this session adds nothing."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        officer, path = await parlour.sign_in("officer"), f"/cases/{case_id}/verification"
        item = {"kind": "document", "supports": "persecution", "result": "verified", "source": "The post"}
        page = await act(officer, path, f"{path}/items", **item)
        act_at = f"{path}/items/{page.split(f'{path}/items/')[1][:32]}/files"
        assert (await upload(officer, path, act_at, b"MZ a program")).status_code == 422
        assert (await upload(officer, path, act_at, PNG)).status_code == 303
        page = (await officer.get(path)).text
        assert hashlib.sha256(PNG).hexdigest() in page
        link = "/verification-files/" + page.split('href="/verification-files/')[1][:32]
        file = await officer.get(link)
        assert file.content == PNG
        assert file.headers["content-type"] == "application/octet-stream"
        assert file.headers["content-disposition"].startswith("attachment;")
        stolen = await officer.http.post(act_at, data={"token": "x.y"}, files={"file": ("a.png", PNG, "image/png")})
        assert stolen.status_code == 403
        caseworker = await parlour.sign_in("caseworker")
        assert (await caseworker.get(link)).status_code == 404


async def test_caps_and_caseloads_are_read_and_changed(tmp_path: Path, intake: Room) -> None:
    """A manager sets them; an officer reads them and is refused; a line that is no cap changes nothing."""
    await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        manager, officer = await parlour.sign_in("manager"), await parlour.sign_in("officer")
        page = await act(manager, "/caseloads", "/caseloads", by_role="caseworker 12\n* 20\n")
        assert "<dt>caseworker</dt><dd>12</dd>" in page
        assert "<dt>everybody else</dt><dd>20</dd>" in page
        wrong = await manager.submit(await manager.get("/caseloads"), "/caseloads", by_role="many")
        assert wrong.status_code == 422
        theirs = f"/caseloads/{staff_id('officer')}"
        looked = await manager.submit(await manager.get("/caseloads"), "/caseloads/look", actor_id=staff_id("officer"))
        assert looked.headers["location"] == theirs
        page = await act(manager, theirs, theirs, role="intake_officer", cap="3")
        assert "<dt>Open cases</dt><dd>1</dd>" in page
        assert "<dt>May have</dt><dd>3</dd>" in page
        refused = await officer.submit(await officer.get("/caseloads"), "/caseloads", by_role="* 1")
        assert refused.status_code == 403


async def test_a_legal_hold_is_put_on_and_lifted_by_two(tmp_path: Path, intake: Room) -> None:
    """Set with a reason and seen on the list; its lifting waits under Approvals for another, and then it reads lifted;
    whoever has no such part is refused."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        guardian, counsel = await parlour.sign_in("guardian"), await parlour.sign_in("counsel")
        typed = {"kind": "case", "place_id": case_id, "reason": "A court <asked>."}
        page = await act(guardian, "/retention", "/retention/holds", **typed)
        assert "A court &lt;asked&gt;." in page
        assert '<span class="tag">legal hold</span>' in page
        action = "/retention/holds/" + page.split('action="/retention/holds/')[1][:32] + "/lifting"
        await act(guardian, "/retention", action, reason="The court is done.")
        waits = await counsel.get("/approvals")
        link = "/approvals/intake/" + waits.text.split('href="/approvals/intake/')[1][:32]
        page = await counsel.get(link)
        assert "The court is done." in page.text
        assert (await counsel.submit(page, f"{link}/decision", say="yes")).status_code == 303
        assert '<span class="tag">lifted</span>' in (await guardian.get("/retention")).text
        officer = await parlour.sign_in("officer")
        assert (await officer.get("/retention")).status_code == 403

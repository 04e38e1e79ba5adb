"""The pages of daily work, in front of a real intake: duties, the diary of a case, how it rests and ends."""

from datetime import timedelta
from pathlib import Path

from tests.desk.conftest import believe
from tests.desk.parlour import Browser, open_parlour
from tests.desk.test_case import ADAM, open_case
from tests.desk.test_casework import member
from tests.intake.test_second_instance import as_head
from tests.intake.test_way_to_a_plan import check, decide, propose
from tests.support.room import NOON, Room

IN_UTC = "%Y-%m-%dT%H:%M"


async def act(browser: Browser, page: str, action: str, **typed: str) -> str:
    """Send a form of a page; the page that it leads to."""
    sent = await browser.submit(await browser.get(page), action, **typed)
    assert sent.status_code == 303, sent.text
    return (await browser.get(sent.headers["location"])).text


async def test_the_diary_of_a_case(tmp_path: Path, intake: Room) -> None:
    """A note is corrected with both versions read; an appointment stands at the hour of its place; a task is done."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        officer = await parlour.sign_in("officer")
        diary = f"/cases/{case_id}/diary"
        assert f'href="{diary}"' in (await officer.get(f"/cases/{case_id}")).text
        page = await act(officer, diary, f"/cases/{case_id}/notes", on="2017-04-02", text="Two <men> came.")
        assert "Two &lt;men&gt; came." in page
        note_id = page.split(f"/cases/{case_id}/notes/")[1][:32]
        correction = {"text": "Three men came.", "reason": "He called again."}
        page = await act(officer, diary, f"/cases/{case_id}/notes/{note_id}/corrections", **correction)
        assert all(said in page for said in ("Two &lt;men&gt;", "Three men", "Corrected because: He called again."))
        booking = {"kind": "medical", "place": "The clinic", "zone": "Europe/Vilnius"}
        booking |= {"starts_at": "2017-04-10T15:00", "ends_at": "2017-04-10T16:00"}
        page = await act(officer, diary, f"/cases/{case_id}/appointments", **booking)
        assert "10 April 2017, 12:00 UTC" in page
        due = (NOON + timedelta(days=1)).strftime(IN_UTC)
        await act(officer, diary, f"/cases/{case_id}/duties", text="Call the aunt.", due_at=due)
        duties = await officer.get("/duties")
        assert duties.text.index("Call the aunt.") < duties.text.index("Say what came of an appointment")
        duty_id = duties.text.split('action="/duties/')[1][:32]
        page = await act(officer, "/duties", f"/duties/{duty_id}/completion", note="She will come.")
        assert "Call the aunt." not in page
        wrong = await officer.submit(await officer.get(diary), f"/cases/{case_id}/appointments", **booking, room="")
        assert wrong.status_code == 303
        nowhere = {**booking, "zone": "Middle/Earth"}
        refused = await officer.submit(await officer.get(diary), f"/cases/{case_id}/appointments", **nowhere)
        assert refused.status_code == 422


async def test_a_refused_case_is_taken_up_at_the_desk(tmp_path: Path, intake: Room) -> None:
    """The page of a refused case offers its verification anew, and shows why it was taken up."""
    case_id = await open_case(intake, "Larch 2", [ADAM], ("reviewer", "head"))
    async with intake.client(member("officer")) as client, intake.client(member("reviewer")) as other:
        await check(client, case_id)
        assert (await decide(other, (await propose(client, case_id, "not_verified")).json())).status_code == 200
    async with intake.client(member("head")) as above:
        assert (await as_head(above, case_id, 3)).json()["state"] == "not_verified"
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        officer, ending = await parlour.sign_in("officer"), f"/cases/{case_id}/ending"
        page = await act(officer, ending, f"/cases/{case_id}/again/anew", reason="A court <paper> came.")
        assert "Verification taken up anew" in page
        assert "A court &lt;paper&gt; came." in page
        assert f"/cases/{case_id}/again/anew" not in page


async def test_a_case_rests_and_ends_at_the_desk(tmp_path: Path, intake: Room) -> None:
    """Suspended, taken up, ended with an exit assessment, reopened; each turn is read with its reason."""
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        officer = await parlour.sign_in("officer")
        url, ending = f"/cases/{case_id}", f"/cases/{case_id}/ending"
        review = (NOON + timedelta(days=30)).strftime(IN_UTC)
        page = await act(officer, ending, f"{url}/rest/suspension", reason="He is in hospital.", review_at=review)
        assert '<span class="tag">suspended</span>' in page
        assert "He is in hospital." in page
        await act(officer, ending, f"{url}/again/resumption", reason="He is back.")
        told = {"outcome": "referred_out", "safety": "safe", "summary": "He has a flat.", "passed_to": "A clinic"}
        page = await act(officer, ending, f"{url}/closure", **told)
        assert "Ended: referred to others" in page
        assert "referred to others" in (await officer.get("/board")).text
        page = await act(officer, ending, f"{url}/again/reopening", reason="He wrote.")
        assert '<span class="tag">being verified</span>' in page
        assert "Reopened" in page

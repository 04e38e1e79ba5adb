"""Statements, masks, evidence, claims and reports on the desk, in front of a real intake."""

import re
from pathlib import Path
from typing import Any

from deploy.local.story.cast import STAFF
from tests.desk.conftest import believe
from tests.desk.parlour import Browser, open_parlour
from tests.desk.test_approvals import member, only_approval
from tests.desk.test_case import ADAM, SAMI, open_case
from tests.intake.telling import NAME, SAID, consent, hidden, mask, take
from tests.intake.test_evidence import picture
from tests.support.room import Room

TRANSLATION = str(SAID["translation"])


async def submit(browser: Browser, path: str, act: str, **typed: Any) -> str:
    """Send a form of a page; the page that follows."""
    sent = await browser.submit(await browser.get(path), f"{path}{act}", **typed)
    assert sent.status_code == 303, sent.text
    return (await browser.get(sent.headers["location"])).text


async def test_an_officer_masks_and_records_what_a_statement_may_be_used_for(tmp_path: Path, intake: Room) -> None:
    """From the case to the statement; a passage is hidden by its own words, a use given and taken back."""
    case_id = await open_case(intake, "Larch 2", [ADAM, SAMI])
    async with intake.client(member("officer")) as client:
        statement = await take(client, case_id, None)
        thing = {"description": "A photograph <b>", "received_from": "The witness"}
        evidence = (await client.post(f"/statements/{statement['id']}/evidence", json=thing)).json()
    path = f"/statements/{statement['id']}"
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        assert f'href="/cases/{case_id}/statements"' in (await browser.get(f"/cases/{case_id}")).text
        assert f'href="{path}"' in (await browser.get(f"/cases/{case_id}/statements")).text
        page = await submit(browser, path, "/uses", use="court", proof="Spoken.")
        assert "court: " in page
        typed = {"passage": NAME, "reason": "A relative.", "use": ["court", "named_story"]}
        page = await submit(browser, path, "/masking", **typed)
        assert f"My brother <mark>{NAME}</mark> came for me." in page
        assert "Nobody has looked through" not in page
        missing = {"passage": "Nobody said this", "reason": "A relative.", "use": ["court"]}
        refused = await browser.submit(await browser.get(path), f"{path}/masking", **missing)
        assert refused.status_code == 422
        assert "taken back on" in await submit(browser, path, "/withdrawal", use=["court"])
        chain = (await browser.get(f"/evidence/{evidence['id']}")).text
        assert "The witness to" in chain
        assert "A photograph &lt;b&gt;" in chain


async def test_a_report_goes_from_draft_to_download(tmp_path: Path, intake: Room) -> None:
    """Who signs reads every quote and number on the page; the PDF is what intake keeps."""
    analyst = member("analyst")
    case_id = await open_case(intake, "Larch 2", [ADAM])
    async with intake.client(member("officer")) as client:
        statement = await consent(client, await take(client, case_id, None), "statistics", "anonymised_report")
        await mask(client, statement, hidden(TRANSLATION, "translation", NAME, "anonymised_report"))
    async with intake.client(analyst) as client:
        plan = {"title": "Held in cellars", "as_of": intake.clock.now().isoformat()}
        report = (await client.post("/reports", json=plan)).json()
        claim = {"topic": "detained", "qualifier": "more_than", "value": 100, "definition": "Men held.", "source": "A"}
        await client.post("/claims", json={**claim, "as_of": "2017-04-01"})
        await client.post("/claims", json={**claim, "as_of": "2017-04-02", "value": 54})
    path = f"/reports/{report['id']}"
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        one = await parlour.sign_in("analyst")
        assert "Held in cellars" in (await one.get("/reports")).text
        draft = (await one.get(path)).text
        assert "They held me in a cellar in Argun. My brother […] came for me." in draft
        assert NAME not in draft
        assert "Somebody proposed to freeze" in await submit(one, path, "/freezing")
        claims = (await one.get("/claims")).text
        assert "Sources tell different numbers." in claims
        other = await parlour.sign_in(second())
        shown = await only_approval(other, "intake")
        page = await other.get(shown)
        assert "My brother […] came for me." in page.text
        signed = await other.submit(page, f"{shown}/decision", say="yes")
        assert signed.status_code == 303, signed.text
        await intake.compute()
        frozen = (await one.get(path)).text
        assert f'href="{path}/pdf"' in frozen
        pdf = await one.get(f"{path}/pdf")
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.content.startswith(b"%PDF-")


def second() -> str:
    """Somebody of the cast who may freeze what the analyst proposed."""
    return next(name for name, roles in STAFF.items() if name != "analyst" and {"analyst", "manager"} & set(roles))


TAKEN = {
    "language": "ru",
    "held_on": "2017-04-01",
    "place": "The plain",
    "original": "Они пришли ночью. Руслан открыл.",
    "translation": "They came at night. Ruslan opened.",
    "harm": ["detention", "", "threats", ""],
    "region": ["The plain", "", "The hills", ""],
    "year": ["2017", "", "2016", ""],
    "use": ["statistics", "court"],
    "proof": "Spoken in the kitchen.",
}


async def test_a_statement_is_taken_and_a_further_version_stands_beside_it(tmp_path: Path, intake: Room) -> None:
    """Who asked and interpreted, and which uses, in one form; sent twice there is one; nothing is overwritten."""
    case_id = await open_case(intake, "Larch 2", [ADAM, SAMI])
    async with intake.client(member("manager")) as client:
        about = {"name": "Interpreter Nine", "languages": ["ru"], "gender": "female", "towns": [], "zone": "UTC"}
        interpreter = (await client.post("/interpreters", json=about)).json()["id"]
    async with intake.client(member("officer")) as client:
        person = (await client.get(f"/cases/{case_id}/people")).json()["people"][1]["id"]
    path = f"/cases/{case_id}/statements"
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        page = await browser.get(path)
        assert "Interpreter Nine (ru)" in page.text
        typed = {**TAKEN, "person_id": person, "interpreter_id": interpreter}
        half = {**typed, "year": ["2017", "", "", ""]}
        assert (await browser.submit(page, path, **half)).status_code == 422
        assert (await browser.submit(page, path, **{**typed, "proof": ""})).status_code == 422
        sent = [await browser.submit(page, path, **typed) for _ in range(2)]
        assert {it.status_code for it in sent} == {303}
        assert sent[0].headers["location"] == sent[1].headers["location"]
        here = sent[0].headers["location"]
        assert (await browser.get(path)).text.count(f'href="{here}"') == 1
        seen = (await browser.get(here)).text
        assert "Interpreter Nine" in seen
        assert "Threats, The hills, 2016" in seen
        assert "statistics: " in seen
        assert "court: " in seen
        assert "story with a name: " not in seen
        typed = {"original": "Они пришли утром.", "translation": "They came in the morning.", "why": "The hour."}
        coded = {"harm": ["outing"], "region": ["The plain"], "year": ["2017"]}
        changed = await submit(browser, here, "/versions", **typed, **coded)
        assert "They came in the morning." in changed
        assert "They came at night. Ruslan opened." in changed
        assert "Read version 1" in changed
        assert "Outing, The plain, 2017" in changed
        stale = await browser.submit(await browser.get(here), f"{here}/versions", **typed, version="1")
        assert stale.status_code == 412


async def test_evidence_is_uploaded_handed_over_and_copied(tmp_path: Path, intake: Room) -> None:
    """The bytes that come out are those that went in; the chain grows; a mask goes only with a second person."""
    case_id = await open_case(intake, "Larch 2", [ADAM], ("reviewer",))
    async with intake.client(member("officer")) as client:
        statement = await take(client, case_id, None)
        await mask(client, statement, hidden(TRANSLATION, "translation", NAME, "court"))
    path = f"/statements/{statement['id']}"
    content = picture()
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        page = await browser.get(path)
        typed = {"description": "A photograph", "received_from": "The witness"}
        kept = await browser.upload(page, f"{path}/evidence", ("a.png", content, "image/png"), **typed)
        assert kept.status_code == 303, kept.text
        here = kept.headers["location"]
        shown = await browser.get(here)
        assert "as they were received" in shown.text
        out = await browser.get(f"{here}/content")
        assert out.content == content
        assert out.headers["content-disposition"].startswith("attachment")
        given = {"given_by": "The officer", "received_by": "The safe", "reason": "To be kept."}
        assert "The officer to The safe: To be kept." in await submit(browser, here, "/handovers", **given)
        assert "The copy is being made." in await submit(browser, here, "/copies")
        await intake.compute()
        assert "copy without metadata" in (await browser.get(path)).text
        other = await browser.submit(page, f"{path}/evidence", description="A letter", received_from="A friend")
        assert other.status_code == 403, "a form of another type has no token that could be read"
        page = await browser.get(path)
        empty = await browser.upload(page, f"{path}/evidence", ("", b"", ""), description="A letter", received_from="A")
        later = empty.headers["location"]
        assert "/content" in (await browser.get(later)).text
        twice = await browser.upload(await browser.get(later), f"{later}/content", ("a.txt", b"Dear", "text/plain"))
        assert twice.status_code == 303, twice.text
        assert (await browser.get(f"{later}/content")).content == b"Dear"
        page = await submit(browser, path, "/masking", off=["0"])
        assert f"<mark>{NAME}</mark>" in page
        assert "somebody else has to agree first" in page
        assert await only_approval(await parlour.sign_in("reviewer"), "intake")


async def test_numbers_are_recorded_verified_and_mended_and_a_report_is_planned(tmp_path: Path, intake: Room) -> None:
    """Nothing is overwritten: what was wrong stands behind the number, what others say beside it."""
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("analyst")
        claim = {"topic": "detained", "qualifier": "more_than", "value": "100", "definition": "Men held."}
        claim |= {"as_of": "2017-04-01", "source": "A newspaper"}
        for typed in (claim, {**claim, "value": "54", "source": "A list", "how_verified": "By name."}):
            sent = await browser.submit(await browser.get("/claims"), "/claims", **typed)
            assert sent.status_code == 303, sent.text
        page = await browser.get("/claims?topic=detained")
        assert "Sources tell different numbers." in page.text
        (first,) = set(re.findall(r'action="(/claims/\w+)/verification"', page.text))
        assert (await browser.submit(page, f"{first}/verification", how="With two lists.")).status_code == 303
        page = await browser.get("/claims?topic=detained")
        assert "Verified: With two lists." in page.text
        typed = {"qualifier": "about", "value": "140", "note": "Those let go were left out."}
        assert (await browser.submit(page, f"{first}/errata", **typed)).status_code == 303
        page = await browser.get("/claims?topic=detained")
        assert "about 140. Those let go were left out." in " ".join(page.text.split())
        assert (await browser.submit(page, f"{first}/errata", value="", note="No such count.")).status_code == 303
        page = await browser.get("/claims?topic=detained")
        assert "taken back. No such count." in " ".join(page.text.split())
        assert f"{first}/errata" not in page.text
        plan = {
            "title": "Held",
            "introduction": "Told to us.",
            "topics": "detained, killed",
            "as_of": "2017-04-01T09:00",
        }
        made = await browser.submit(await browser.get("/reports"), "/reports", **plan)
        assert made.status_code == 303, made.text
        path = made.headers["location"]
        assert "Told to us." in (await browser.get(path)).text
        again = await browser.submit(await browser.get(path), path, **{**plan, "title": "Held in spring"})
        assert again.status_code == 303, again.text
        assert "Held in spring" in (await browser.get("/reports")).text

"""The pages of consents, in front of a real intake: given, proved, narrowed, withdrawn."""

import re
from pathlib import Path

from sqlalchemy import select

from deploy.local.story.cast import STAFF, staff_id
from services.desk.pages.consent import RECIPIENTS
from services.intake.consent.model import RECIPIENTS as INTAKES
from shared.access import Actor
from shared.audit import AUDIT
from tests.desk.conftest import believe
from tests.desk.parlour import Browser, open_parlour
from tests.desk.test_case import ADAM, SAMI, open_case
from tests.desk.test_people import AGREED, path_of
from tests.support.consents import spoken
from tests.support.room import Room

PROVED = {"how": "in_person", "note": "In the kitchen of the house.", "witness": "Selima"}
PAPER = b"%PDF-1.4 signed"


async def given(browser: Browser, person: str, **other: object) -> str:
    """A consent to be told to a partner and a sponsor; the path of its page."""
    page = await browser.get(f"{person}/consents")
    typed = {
        "purpose": "share_with_partner",
        "recipients": ["referring_partner", "sponsor"],
        "language": "ru",
        **PROVED,
        **other,
    }
    sent = await browser.submit(page, f"{person}/consents", **typed)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"])


async def test_a_consent_is_read_and_withdrawn(tmp_path: Path, intake: Room) -> None:
    """From the case page: to whom, how it was said, who has not acted yet; withdrawn with the version that was seen."""
    case_id = await open_case(intake, "Larch 2", [ADAM], ("reviewer",))
    async with intake.client(Actor(staff_id("officer"), "staff", frozenset(STAFF["officer"]))) as client:
        (adam,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        await client.post(f"/people/{adam['id']}/consents", json=spoken("share_with_partner", "In the second call."))
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        (path,) = re.findall(r'href="(/consents/[0-9a-f]{32})"', (await browser.get(f"/cases/{case_id}")).text)
        page = await browser.get(path)
        assert "sponsors" in page.text
        assert "In the second call." in page.text
        assert page.text.count("has not answered yet.") == 3
        other = await browser.get(path)
        how = {"said_by": "somebody_they_sent", "how": "by_message", "note": "His sister wrote to us."}
        gone = await browser.submit(page, f"{path}/withdrawal", **how)
        assert gone.status_code == 303
        after = (await browser.get(path)).text
        for sentence in ("Withdrawn", "By message. His sister wrote to us.", "Somebody whom they sent"):
            assert sentence in after
        assert f"{path}/withdrawal" not in after
        assert (await browser.submit(other, f"{path}/withdrawal", **how)).status_code == 412
        masked = await parlour.sign_in("reviewer")
        seen = await masked.get(path)
        assert (seen.status_code, "His sister" in seen.text, "<form" in seen.text.split("<main")[1]) == (
            200,
            False,
            False,
        )
    assert await intake.rows(select(AUDIT.c.verb).where(AUDIT.c.denied.is_(True))) == []


async def test_a_consent_is_given_proved_and_narrowed(tmp_path: Path, intake: Room) -> None:
    """To whom they name; with a file that proves it, which is fetched as it was; then to fewer."""
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        person = await path_of(browser, case_id)
        assert f'href="{person}/consents"' in (await browser.get(person)).text
        path = await given(browser, person, expires_on="2017-06-01")
        page = await browser.get(path)
        for sentence in ("until 1 June 2017", "In person. In the kitchen of the house.", "Selima", "sponsors"):
            assert sentence in page.text
        nothing = {"file": ("", b"", "application/octet-stream")}
        act = f"{path}/evidence"
        empty = await browser.http.post(act, data=_hidden(page.text, act), files=nothing)
        assert empty.status_code == 422
        file = {"file": ("signed.pdf", PAPER, "application/pdf")}
        kept = await browser.http.post(act, data=_hidden(page.text, act), files=file)
        assert (kept.status_code, kept.headers["location"]) == (303, path)
        found = await browser.get(act)
        assert (found.content, found.headers["content-type"]) == (PAPER, "application/pdf")
        page = await browser.get(path)
        fewer = {"recipients": "sponsor", "expires_on": "2017-05-01", **PROVED, "note": "In the second call."}
        assert (await browser.submit(page, f"{path}/narrowing", **fewer)).status_code == 303
        after = (await browser.get(path)).text
        assert "Who may learn of the person: sponsors</p>" in after
        assert "until 1 May 2017" in after
        listed = (await browser.get(f"{person}/consents")).text
        assert f'href="{path}"' in listed
        shown = {
            purpose: tuple(re.findall(r'name="recipients" value="(\w+)"', form))
            for purpose, form in re.findall(r'name="purpose" value="(\w+)">(.*?)</form>', listed, re.S)
        }
    assert shown == RECIPIENTS == {purpose: tuple(sorted(one)) for purpose, one in INTAKES.items()}


async def test_on_the_phone_a_word_is_heard(tmp_path: Path, intake: Room) -> None:
    """Giving needs it; withdrawing links it and does without; the code word and the duress word give the same page."""
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        person = await path_of(browser, case_id)
        await browser.submit(await browser.get(person), f"{person}/safe-contact", **AGREED)
        call = {"purpose": "share_with_partner", "recipients": "sponsor", "language": "ru", **PROVED, "how": "by_phone"}
        for word in ("", "red fox"):
            page = await browser.get(f"{person}/consents")
            assert (await browser.submit(page, f"{person}/consents", **call, word=word)).status_code == 422
        pages = []
        for word in ("grey swan", "blue heron"):
            path = await given(browser, person, how="by_phone", word=word)
            said = {"said_by": "person", "how": "by_phone"}
            wrong = await browser.submit(await browser.get(path), f"{path}/withdrawal", **said, word="red fox")
            assert (wrong.status_code, "A withdrawal counts without a word" in wrong.text) == (422, True)
            done = await browser.submit(await browser.get(path), f"{path}/withdrawal", **said, word=word)
            assert done.status_code == 303
            page = (await browser.get(path)).text.replace(path, "")
            pages.append(re.sub(r'name="token" value="[^"]+"', "", page))
        assert pages[0] == pages[1]
        assert "known by the word agreed with them" in pages[0]
        assert "swan" not in pages[0]
        path = await given(browser, person)
        done = await browser.submit(await browser.get(path), f"{path}/withdrawal", said_by="person", how="by_phone")
        assert done.status_code == 303
        assert "known by the word" not in (await browser.get(path)).text


async def test_an_adult_of_the_case_says_it_for_a_minor(tmp_path: Path, intake: Room) -> None:
    """The form names the adults beside them, and nobody for an adult."""
    minor = {**SAMI, "name_in_use": "Mila", "born_on": "2008-05-01"}
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}, minor])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        case = (await browser.get(f"/cases/{case_id}")).text
        adam, mila = re.findall(r'href="(/people/[0-9a-f]{32})"', case)
        assert "guardian_id" not in (await browser.get(f"{adam}/consents")).text
        offered = re.findall(r'name="guardian_id">(.*?)</select>', (await browser.get(f"{mila}/consents")).text)
        assert [re.findall(r'value="([0-9a-f]{32})">(\w+)<', it) for it in offered] == [[(adam[8:], "Adam")]] * 4
        path = await given(browser, mila, guardian_id=adam[8:])
        assert "until 1 May 2026" in (await browser.get(path)).text


def _hidden(text: str, action: str) -> dict[str, str]:
    form = re.search(rf'action="{re.escape(action)}".*?</form>', text, re.S)
    assert form is not None
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.group()))

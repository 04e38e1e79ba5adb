"""The pages of people: who works with a person reaches them, writes down what is known, and proposes who moves."""

import re
from pathlib import Path

from deploy.local.story.cast import STAFF, staff_id
from shared.access import Actor
from tests.desk.conftest import believe
from tests.desk.parlour import Browser, open_parlour
from tests.desk.test_approvals import only_approval
from tests.desk.test_case import ADAM, SAMI, open_case
from tests.support.room import Room

AGREED = {
    "channel": "signal",
    "handle": "+7 900 000-00-01",
    "days0": ["1", "2"],
    "begins0": "10:00",
    "until0": "12:00",
    "days2": ["6"],
    "begins2": "22:00",
    "until2": "01:00",
    "zone": "Europe/Moscow",
    "language": "ru",
    "cover_name": "Aunt Vera",
    "never_call": "true",
    "code_word": "Grey swan",
    "duress_word": "Blue heron",
}


async def test_a_person_is_reached_as_they_said(tmp_path: Path, intake: Room) -> None:
    """The page says not now, and when; both spans stay; and it never shows a word, nor which of them was heard."""
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}], ("reviewer",))
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        case = (await browser.get(f"/cases/{case_id}")).text
        path = "/people/" + case.split('href="/people/')[1].split('"')[0]
        page = await browser.get(path)
        assert "Nothing was agreed with them yet." in page.text
        sent = await browser.submit(page, f"{path}/safe-contact", **AGREED)
        assert (sent.status_code, sent.headers["location"]) == (303, path)
        page = await browser.get(path)
        for sentence in ("It is outside their safe hours.", "4 April 2017, 07:00 UTC", "Never call", "Aunt Vera"):
            assert sentence in page.text
        assert "Mon Tue 10:00–12:00" in " ".join(page.text.split())
        assert "Sat 22:00–01:00" in " ".join(page.text.split())
        assert "grey swan" not in page.text.casefold()
        heard = []
        for word in ("grey swan", "blue heron", "red fox"):
            answer = await browser.submit(await browser.get(path), f"{path}/word", word=word)
            heard.append("It matches: this is a word agreed with them." in answer.text)
            assert "heron" not in answer.text.casefold()
        assert heard == [True, True, False]
        again = {**AGREED, "handle": "@new", "code_word": "", "duress_word": ""}
        await browser.submit(await browser.get(path), f"{path}/safe-contact", **again)
        page = await browser.get(path)
        assert "@new" in page.text
        assert "No words were agreed" not in page.text
        masked = await parlour.sign_in("reviewer")
        assert (await masked.get(path)).status_code == 403
        assert "/people/" not in (await masked.get(f"/cases/{case_id}")).text


async def test_what_is_known_is_entered_and_ended(tmp_path: Path, intake: Room) -> None:
    """A code in words, with whose word it is; ended it stays on the timeline; what is kept is marked."""
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        case = (await browser.get(f"/cases/{case_id}")).text
        path = "/people/" + case.split('href="/people/')[1].split('"')[0]
        need = {"what": "need:LP-IH", "since": "2017-04-01", "source": "person", "note": "In a cellar."}
        await browser.submit(await browser.get(path), f"{path}/entries", **need)
        kept = {"what": "sogiesc:identity.trans_woman", "since": "2017-04-01", "source": "person", "kept": "true"}
        await browser.submit(await browser.get(path), f"{path}/entries", **kept)
        name = {"what": "name_in_use", "text": "Anna", "since": "2017-04-01", "source": "person", "kept": "true"}
        await browser.submit(await browser.get(path), f"{path}/entries", **name)
        page = await browser.get(path)
        for sentence in ("In hiding", "In a cellar.", "Trans woman", "Kept from the family", "<h1>Anna</h1>"):
            assert sentence in page.text
        assert "Anna" not in (await browser.get(f"/cases/{case_id}")).text
        ends = [part.split('"')[0] for part in page.text.split('action="')[1:] if part.split('"')[0].endswith("/end")]
        for end in ends:
            await browser.submit(await browser.get(path), end, since="2017-04-03", note="In a house of ours.")
        page = await browser.get(path)
        assert page.text.count("Ended on 3 April 2017.") == len(ends) == 3
        assert "In a cellar." in page.text


async def test_a_family_splits_on_the_desk(tmp_path: Path, intake: Room) -> None:
    """Proposed with the people ticked, agreed to by a second person who reads who goes and why."""
    adam, sami = {**ADAM, "name_in_use": "Adam"}, SAMI
    case_id = await open_case(intake, "Larch 2", [adam, sami], ("reviewer",))
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        path = f"/cases/{case_id}/family"
        page = await browser.get(path)
        second = page.text.split('name="person" value="')[2].split('"')[0]
        typed = {"person": [second], "code_name": "Wren 7", "reason": "They travel apart."}
        sent = await browser.submit(page, path, **typed)
        assert (sent.status_code, sent.headers["location"]) == (303, path)
        assert "waits for a second person" in (await browser.get(path)).text.casefold()
        other = await parlour.sign_in("reviewer")
        approval = await only_approval(other, "intake")
        shown = await other.get(approval)
        for sentence in ("People go to another case", "Wren 7", "They travel apart."):
            assert sentence in shown.text
        assert (await other.submit(shown, f"{approval}/decision", say="yes")).status_code == 303
        assert ">Wren 7<" in (await browser.get("/board")).text


async def path_of(browser: Browser, case_id: str) -> str:
    """Where the page of the first person of a case is."""
    return "/people/" + (await browser.get(f"/cases/{case_id}")).text.split('href="/people/')[1].split('"')[0]


async def test_relatives_outside_are_added_and_ended(tmp_path: Path, intake: Room) -> None:
    """With who may contact them; who was ended stays with the reason, and what is stale is refused."""
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}])
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        path = await path_of(browser, case_id)
        vera = {"name": "Vera", "relationship": "aunt", "contactable": "only_through_them", "how": "He rings her."}
        sent = await browser.submit(await browser.get(path), f"{path}/relatives", **vera)
        assert (sent.status_code, sent.headers["location"]) == (303, path)
        page = await browser.get(path)
        for sentence in ("Vera", "aunt", "Only through the person. He rings her."):
            assert sentence in page.text
        (end,) = re.findall(rf'action="({path}/relatives/[0-9a-f]{{32}}/end)"', page.text)
        other = await browser.get(path)
        assert (await browser.submit(page, end, why="She is on a case now.")).status_code == 303
        after = await browser.get(path)
        assert "She is on a case now." in after.text
        assert end not in after.text
        assert (await browser.submit(other, end, why="Again.")).status_code == 412


async def test_a_relative_of_whom_something_else_was_told_shows_what_was_told_before(
    tmp_path: Path, intake: Room
) -> None:
    """What counts is in sight; what was told before is there to be opened, with who wrote it down."""
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}])
    officer = Actor(staff_id("officer"), "staff", frozenset(STAFF["officer"]))
    async with intake.client(officer) as client:
        person = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
        for name in ("Vera", "Olga"):
            kin = {"name": name, "relationship": "aunt", "contactable": "only_through_them", "how": "He rings her."}
            one = (await client.post(f"/people/{person}/relatives", json=kin)).json()["id"]
        anew = {**kin, "contactable": "no", "how": "Her husband asks."}
        await client.post(f"/relatives/{one}", json=anew, headers={"If-Match": '"1"'})
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        page = (await (await parlour.sign_in("officer")).get(f"/people/{person}")).text
    vera, olga = page[page.index("<h3>Vera") : page.index("<h3>Olga")], page[page.index("<h3>Olga") :]
    assert "Told otherwise before" not in vera
    counts, before = olga.split("Told otherwise before", maxsplit=1)
    assert "Never contact. Her husband asks." in counts
    assert "He rings her." not in counts
    assert "Only through the person. He rings her." in before


async def test_a_correction_is_asked_accepted_and_refused(tmp_path: Path, intake: Room) -> None:
    """What is accepted holds from now on, kept from the family if they wish; what is refused has its answer."""
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}], ("reviewer",))
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        path = await path_of(browser, case_id)
        wishes = f"{path}/corrections"
        assert f'href="{wishes}"' in (await browser.get(path)).text
        for what, value in (("name_in_use", "Anna"), ("other", "")):
            typed = {"what": what, "value": value, "why": f"About {what}."}
            sent = await browser.submit(await browser.get(wishes), wishes, **typed)
            assert (sent.status_code, sent.headers["location"]) == (303, wishes)
        page = await browser.get(wishes)
        assert "Name in use: Anna" in page.text
        acts = {
            what: re.findall(rf'About {what}.*?action="({wishes}/[0-9a-f]{{32}}/decision)"', page.text, re.S)[0]
            for what in ("name_in_use", "other")
        }
        yes = {"say": "yes", "answer": "Of course.", "kept": "true"}
        assert (await browser.submit(page, acts["name_in_use"], **yes)).status_code == 303
        no = {"say": "no", "answer": "The raid was on that day."}
        assert (await browser.submit(page, acts["other"], **no)).status_code == 303
        after = (await browser.get(wishes)).text
        for sentence in ("Accepted", "Of course.", "Refused", "The raid was on that day."):
            assert sentence in after
        assert "/decision" not in after
        assert (await browser.submit(page, acts["other"], **no)).status_code == 303
        assert (await browser.submit(page, acts["other"], **{**no, "answer": "Twice."})).status_code == 422
        assert "<h1>Anna</h1>" in (await browser.get(path)).text
        assert "Anna" not in (await browser.get(f"/cases/{case_id}")).text
        masked = await parlour.sign_in("reviewer")
        assert (await masked.get(wishes)).status_code == 403


async def test_their_own_copy_is_read_and_fetched(tmp_path: Path, intake: Room) -> None:
    """As a page, with what is not in it, and as a file for other programs; not for who may not make it."""
    case_id = await open_case(intake, "Larch 2", [{**ADAM, "name_in_use": "Adam"}], ("reviewer",))
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        path = await path_of(browser, case_id)
        page = await browser.get(f"{path}/copy")
        for sentence in ("Their own copy", "What others said about you", "What they asked for", "1994-02-11"):
            assert sentence in page.text
        assert path[8:] not in page.text.split("What is not in it")[1]
        file = await browser.get(f"{path}/copy/file")
        assert file.headers["content-disposition"] == f'attachment; filename="copy-{path[8:16]}.json"'
        assert file.headers["cache-control"] == "no-store"
        assert file.json()["parts"]["people"]["registered"]["born_on"] == "1994-02-11"
        masked = await parlour.sign_in("reviewer")
        assert [(await masked.get(f"{path}{it}")).status_code for it in ("/copy", "/copy/file")] == [403, 403]
        stranger = await parlour.sign_in("coordinator")
        assert (await stranger.get(f"{path}/copy")).status_code == 404

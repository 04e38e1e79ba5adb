"""The pages of requests, in front of a real intake: the queue, one request, hand-overs."""

import re
from datetime import timedelta
from pathlib import Path

from deploy.local.story.cast import STAFF, staff_id
from shared.access import Actor
from tests.desk.conftest import believe
from tests.desk.parlour import Browser, open_parlour
from tests.intake.test_contact_attempts import EVENINGS, SAFE
from tests.intake.test_queue import on_duty, post
from tests.intake.test_way_to_a_plan import WHISPER, ask
from tests.support.door import open_house
from tests.support.room import Room, staff

HOUR = timedelta(hours=1)


async def act(browser: Browser, path: str, what: str, **typed: str) -> str:
    """Send one form of a page; the page that one lands on."""
    sent = await browser.submit(await browser.get(path), f"{path}/{what}", **typed)
    assert sent.status_code == 303, sent.text
    return (await browser.get(sent.headers["location"])).text


async def test_an_officer_works_through_the_queue(tmp_path: Path, intake: Room) -> None:
    """Emergencies stand first; claimed, contacted as it is safe, handed over, taken over, screened and opened again."""
    officer = Actor(staff_id("officer"), "staff", frozenset(STAFF["officer"]))
    await on_duty(intake, officer, "ru", hours=24)
    async with intake.client(staff("intake_officer")) as client:
        calm = await ask(client, name="Mira <b>", language="fr")
        urgent = await ask(client, urgency="emergency", name="Sami")
        await post(client, f"/requests/{urgent}/safe-contact", whom="person", contact=EVENINGS)
        await post(client, f"/requests/{calm}/claim")
        handed = await post(client, f"/requests/{calm}/handover", 2, note="Call the <i>dentist</i> at six.")
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        page = (await browser.get("/requests")).text
        assert re.findall(r'href="/requests/(\w{32})"', page) == [urgent, calm]
        mine = (await browser.get("/requests?mine=true")).text
        assert re.findall(r'href="/requests/(\w{32})"', mine) == [urgent]
        path = f"/requests/{urgent}"
        assert "Claimed by you." in await act(browser, path, "claim")
        refused = await browser.submit(
            await browser.get(path), f"{path}/contact-attempts", whom="person", channel="signal", result="no_answer"
        )
        assert (refused.status_code, "outside the hours" in refused.text) == (409, True)
        intake.clock.move(SAFE)
        await act(browser, path, "claim")
        logged = await act(
            browser, path, "contact-attempts", whom="person", channel="signal", result="reached", note="Safe tonight."
        )
        assert "Safe tonight." in logged
        assert "Mira &lt;b&gt;" in (await browser.get(f"/requests/{calm}")).text
        waiting = await browser.get("/handovers")
        assert "Call the &lt;i&gt;dentist&lt;/i&gt; at six." in waiting.text
        taken = await browser.submit(waiting, f"/handovers/{handed.json()['id']}/taking")
        assert taken.status_code == 303
        assert "Claimed by you." in (await browser.get(f"/requests/{calm}")).text
        answered = {"reason": "Asks for a loan.", "answer": "Please turn to the bank."}
        ended = await act(browser, f"/requests/{calm}", "screening", outcome="out_of_scope", **answered)
        assert "not for us" in ended
        assert "Answered: Please turn to the bank." in ended
        assert ">new<" in await act(browser, f"/requests/{calm}", "because/reopening", reason="Wrote again.")
        gone = await act(browser, f"/requests/{calm}", "withdrawal", how="phone", whom="person", reason="All is well.")
        assert ">withdrawn<" in gone
        assert "The person, phone: All is well." in gone
        assert ">new<" in await act(browser, f"/requests/{calm}", "because/reopening", reason="Called again.")


EVENING = {"begins0": "18:00", "until0": "22:00", "zone": "Europe/Moscow", "language": "ru"}


async def test_a_request_of_an_aunt_is_made_safe_to_work_on(tmp_path: Path, intake: Room) -> None:
    """Whether the person agrees, and how each of the two can be reached, are written down before anybody is contacted;
    what somebody else wrote down meanwhile is not overwritten."""
    aunt = {"name": "Aunt Zara", "contact": "+7 900 77", "person_agrees": "unknown", "contact_person": False}
    async with intake.client(staff("intake_officer")) as client:
        made = await client.post("/requests", json={**WHISPER, "asked_by": "relative", "third_party": aunt})
        path = f"/requests/{made.json()['id']}"
        async with open_parlour(tmp_path, intake=intake.app) as parlour:
            believe(intake, tmp_path)
            browser = await parlour.sign_in("officer")
            seen = await browser.get(path)
            assert "Whether the person knows of it was not said." in seen.text
            agreed = await act(browser, path, "agreement", person_agrees="yes", contact_person="true")
            assert "<p>Aunt Zara (+7 900 77) asked for this person.\nThe person knows and agrees.\nIt is safe" in agreed
            late = await browser.submit(seen, f"{path}/agreement", person_agrees="no")
            assert late.status_code == 412
            typed = {**EVENING, "channel": "signal", "handle": "@zara", "cover_name": "the dentist", "days0": "1"}
            reached = await act(browser, path, "safe-contact", **typed, whom="asker", somebody_else_reads="true")
            assert "Mon 18:00–22:00" in " ".join(reached.split())
            assert "It is safe again from" in reached
            assert reached.count("Somebody else may read it: say nothing of what it is about.") == 2
            assert reached.count("Nothing was agreed: leave an answer behind the receipt only.") == 1
            bare = await browser.submit(await browser.get(path), f"{path}/safe-contact", whom="asker", channel="sms")
            assert bare.status_code == 422


async def test_what_was_said_at_the_front_door_is_shown_with_no_hours(tmp_path: Path) -> None:
    """Channel and handle as they were typed; without hours nothing but the receipt is safe, and the page says so."""
    async with open_house(tmp_path) as house:
        await house.ask(channel="telegram", handle="@lev.invented", hours="in the evenings")
        await house.carry()
        async with open_parlour(tmp_path, intake=believe(house.room, tmp_path).app) as parlour:
            browser = await parlour.sign_in("officer")
            path = (await browser.get("/requests")).text.split('href="/requests/')[1].split('"')[0]
            page = (await browser.get(f"/requests/{path}")).text
    assert "Telegram @lev.invented" in page
    assert "No hours were agreed: what was not named is not safe." in page
    assert "Not now: it is outside the hours in which contact is safe." in page


async def test_the_roster_says_who_is_on_duty(tmp_path: Path, intake: Room) -> None:
    """An officer plans and ends their own shift and nobody else's; hours are those of the zone; the queue follows."""
    async with intake.client(staff("intake_officer")) as client:
        waits = await ask(client, language="ce")
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        page = await browser.get("/roster")
        assert "Nobody is on duty, and no shift is to come." in page.text
        shift = {"begins_at": "2017-04-03T14:00", "ends_at": "2017-04-03T22:00", "zone": "Europe/Berlin"}
        planned = await browser.submit(page, "/roster", **shift, languages="ce, ru")
        assert (planned.status_code, planned.headers["location"]) == (303, "/roster")
        page = await browser.get("/roster")
        for said in ("on duty now", "3 April 2017, 12:00 UTC", "3 April 2017, 20:00 UTC", "ce, ru"):
            assert said in page.text
        assert waits in (await browser.get("/requests?mine=true")).text
        assert (await browser.submit(page, "/roster", **shift, who="a" * 32)).status_code == 403
        assert (await browser.submit(page, "/roster", **{**shift, "zone": "Moon"})).status_code == 422
        ends = page.text.split('action="/roster/')[1].split('"')[0]
        assert (await browser.submit(page, f"/roster/{ends}")).status_code == 303
        assert "Nobody is on duty" in (await browser.get("/roster")).text
        assert waits not in (await browser.get("/requests?mine=true")).text
        manager = await parlour.sign_in("manager")
        sent = await manager.submit(await manager.get("/roster"), "/roster", **shift, who="a" * 32)
        assert sent.status_code == 303
        assert "colleague aaaaaaaa" in (await manager.get("/roster")).text
        assert (await (await parlour.sign_in("analyst")).get("/roster")).status_code == 403


async def test_duplicates_stand_side_by_side_and_part_again(tmp_path: Path, intake: Room) -> None:
    """The other request is shown whole beside it; merged by a person, and parted again."""
    async with intake.client(staff("intake_officer")) as client:
        first = await ask(client, name="Муса Хасханов", contact="", story="The first time.")
        second = await ask(client, name="Moussa Hashanov", contact="", story="The second time.")
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("officer")
        page = (await browser.get(f"/requests/{second}")).text
        assert "The first time." in page
        assert "The second time." in page
        assert f"Goes on as request {first[:8]}" in await act(browser, f"/requests/{second}", "merge")
        parted = await act(browser, f"/requests/{second}", "unmerge")
        assert ">new<" in parted
        assert "The first time." not in parted
        assert f'href="/requests/{first}"' in parted
        again = await act(browser, f"/requests/{second}", "apart/withdrawal")
        assert "The first time." in again
        assert "The first time." not in await act(browser, f"/requests/{second}", "apart")
        assert (await (await parlour.sign_in("analyst")).get("/requests")).status_code == 403

"""The desk walked by its staff with scripts off, each in a browser profile of their own."""

import asyncio
import re

import pytest

from deploy.local.story.cast import STAFF, called
from tests.browser.chromium import Person, follow, person
from tests.browser.conftest import Visitors
from tests.secrets.canaries import found_in

pytestmark = [pytest.mark.needs("browser"), pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(600)]

ADDRESS = re.compile(
    r"/|/search|/consents/[0-9a-f]{32}(/withdrawal|/narrowing|/evidence)?|/style\.css|/sign-in(/begin)?(\?to=/[a-z]*)?|/signed-in\?code=[\w-]+&state=[\w-]+&iss=[\w%.]+|/sign-out"
    r"|/board(\?state=[a-z_]*(&after=[0-9a-f]{32})?)?|/alerts(\?every=(true|false))?(/[0-9a-f]{32}/(acknowledgement|all-clear))?"
    r"|/people/[0-9a-f]{32}(/word|/safe-contact|/(entries|relatives)(/[0-9a-f]{32}/end)?|/copy(/file)?|/consents|/corrections(/[0-9a-f]{32}/decision)?)?"
    r"|/cases/[0-9a-f]{32}/family"
    r"|/cases/[0-9a-f]{32}(/break-glass)?|/approvals(/[a-z]+/[0-9a-f]{32}(/decision)?)?"
    r"|/requests(\?mine=(true|false)(&after=[0-9a-f]{32})?)?|/requests/[0-9a-f]{32}(/[a-z-]+){0,2}"
    r"|/handovers(/[0-9a-f]{32}/taking)?"
    r"|/cases/[0-9a-f]{32}/statements|/statements/[0-9a-f]{32}(/uses|/withdrawal|/masking)?|/evidence/[0-9a-f]{32}"
    r"|/claims(\?topic=[a-z_]*)?|/reports(/[0-9a-f]{32}(/freezing|/pdf)?)?"
    r"|/parked(/[a-z]+/[0-9a-f]{32}/(replay|discard))?|/figures"
)
"""Every address of the desk: ids, states and what the issuer sends along."""


async def test_everybody_signs_in_and_out(visitors: Visitors) -> None:
    """Each kind of staff comes by way of the issuer to the board, and leaves nothing usable behind."""
    for name in STAFF:
        async with person(visitors.browser, visitors.scene.plan) as somebody:
            await somebody.sign_in(name)
            assert await somebody.heading() == "Board"
            assert f"Signed in as {called(name)}" in await somebody.page.locator("header").inner_text()
            await somebody.press("Sign out")
            assert await somebody.heading() == "You are signed out"
            await somebody.open("/board")
            assert await somebody.heading() == "Sign in"
            check_addresses(visitors, somebody)


async def test_an_officer_reads_the_board_and_a_case(visitors: Visitors) -> None:
    """30 cases; who came by the sealed programme stands where they stood before it; a case joins four services."""
    async with person(visitors.browser, visitors.scene.plan) as officer:
        await officer.sign_in("officer")
        assert await officer.page.locator("tbody tr").count() == 30
        await officer.page.get_by_label("Show").select_option(label="arrived")
        await officer.press("Apply")
        assert await officer.page.locator("tbody th").all_inner_texts() == [f"Kestrel {n}" for n in (11, 21, 29, 30)]
        await officer.open("/board")
        await officer.follow("Kestrel 01")
        assert await officer.heading() == "Case Kestrel 01"
        assert [name.split()[0] for name in await officer.page.locator("h3").all_inner_texts()] == [
            "Adam",
            "Sami",
            "Mila",
        ]
        told = set(await officer.page.locator(".timeline .tag").all_text_contents())
        assert told == {"Intake", "Logistics", "Settlement", "Notify"}
        assert "Missing here" not in await officer.text()
        check_addresses(visitors, officer)


async def test_an_officer_claims_a_request_and_gives_it_back(visitors: Visitors) -> None:
    """What came by the front door stands in the queue; it is claimed for an hour, and free again."""
    async with person(visitors.browser, visitors.scene.plan) as officer:
        await officer.sign_in("officer")
        await officer.follow("Requests")
        assert await officer.heading() == "Requests"
        await officer.follow(visitors.scene.asked[:8])
        await officer.press("Claim for an hour")
        assert "Claimed by you." in await officer.text()
        await officer.press("Give back")
        assert "Nobody works on it." in await officer.text()
        check_addresses(visitors, officer)


async def test_an_officer_reaches_a_person_and_reads_what_they_need(visitors: Visitors) -> None:
    """From the case to the person: when contact is safe, the word they say, and every entry; no page shows a word."""
    async with person(visitors.browser, visitors.scene.plan) as officer:
        await officer.sign_in("officer")
        await officer.open(f"/cases/{visitors.scene.family}")
        await officer.follow("Look closer at Adam")
        assert await officer.heading() == "Adam"
        assert "In hiding" in await officer.text()
        await officer.page.get_by_label("The word that you heard").fill("snow on the ridge")
        await officer.press("Compare")
        assert "It matches" in await officer.text()
        assert "ridge" not in await officer.text()
        await officer.open(f"/cases/{visitors.scene.family}/family")
        assert await officer.heading() == "Family of case Kestrel 01"
        check_addresses(visitors, officer)


async def test_who_is_not_assigned_finds_no_case(visitors: Visitors) -> None:
    """The page of a case of others is the page of a case that does not exist."""
    async with person(visitors.browser, visitors.scene.plan) as analyst:
        await analyst.sign_in("analyst")
        assert await analyst.open(f"/cases/{visitors.scene.family}") == 404
        hidden = await analyst.text()
        assert await analyst.open(f"/cases/{'0' * 32}") == 404
        assert await analyst.text() == hidden
        assert "Kestrel" not in hidden
        check_addresses(visitors, analyst)


async def test_a_director_signs_what_she_has_seen(visitors: Visitors) -> None:
    """The proposal shows every number that becomes derivable; her signature publishes it, and nothing waits after."""
    async with person(visitors.browser, visitors.scene.plan) as director:
        await director.sign_in("director")
        await director.follow("Approvals")
        assert "Disclosure of figures" in await director.text()
        await director.follow("Look and decide")
        shown = await director.text()
        assert re.search(r"Helped to escape outside the programme\s+4", shown)
        await director.press("I agree")
        assert "Nothing waits for your decision." in await director.text()
        await director.open(f"/approvals/settlement/{visitors.scene.approval}")
        assert "This proposal has been decided" in await director.text()
        assert await director.page.get_by_role("button", name="I agree").count() == 0
        check_addresses(visitors, director)
    spokesperson = visitors.scene.stage.as_("spokesperson")
    disclosure = await spokesperson.get("settlement", f"/disclosures/{visitors.scene.disclosure}")
    assert disclosure["state"] == "published"


async def test_an_operator_settles_parked_events(visitors: Visitors) -> None:
    """An event that nobody knows is seen by its reason; trying again says that it cannot be handled still."""
    async with person(visitors.browser, visitors.scene.plan) as operator:
        await operator.sign_in("operator")
        await operator.follow("Parked events")
        rows = operator.page.locator("tbody tr", has_text="intake.unheard_of.v1")
        assert await rows.count() == 3
        assert await rows.locator("td", has_text="unknown kind of event").count() == 3
        await follow(rows.first.get_by_role("button", name="Try again"))
        assert await operator.heading() == "It cannot be done now"
        await operator.follow("Load the page again")
        await follow(rows.first.get_by_role("button", name="Give up"))
        assert await rows.count() == 2
        check_addresses(visitors, operator)


async def test_an_officer_may_not_see_parked_events(visitors: Visitors) -> None:
    """What a service does not tell is named, service by service."""
    async with person(visitors.browser, visitors.scene.plan) as officer:
        await officer.sign_in("officer")
        await officer.open("/parked")
        for service in ("Intake", "Logistics", "Settlement", "Notify"):
            assert f"{service} does not tell you this." in await officer.text()


async def test_the_glass_is_broken_and_somebody_looks_after_it(visitors: Visitors) -> None:
    """Who is not assigned opens a case with a reason; the duty officer is alerted and takes it on."""
    async with (
        person(visitors.browser, visitors.scene.plan) as reader,
        person(visitors.browser, visitors.scene.plan) as duty,
    ):
        await reader.sign_in("manager")
        await reader.open(f"/cases/{visitors.scene.alone}")
        await reader.page.get_by_label("Why you must see it now").fill("They called from the border.")
        await reader.press("Break the glass")
        assert (await reader.heading()).startswith("Case Kestrel")
        await duty.sign_in("duty_officer")
        async with asyncio.timeout(60):
            while "Glass broken" not in await waiting(duty):
                await asyncio.sleep(0.2)
        await duty.press("I look after it")
        assert "No alert waits for you." in await duty.text()
        check_addresses(visitors, reader)
        check_addresses(visitors, duty)


async def waiting(somebody: Person) -> str:
    await somebody.open("/alerts")
    return await somebody.text()


async def test_the_keyboard_is_enough(visitors: Visitors) -> None:
    """The first stop skips the menu, every stop is seen, and the menu is followed without a mouse."""
    async with person(visitors.browser, visitors.scene.plan) as officer:
        await officer.sign_in("officer")
        keyboard = officer.page.keyboard
        await keyboard.press("Tab")
        assert await officer.page.locator(":focus").inner_text() == "Skip to the content"
        await keyboard.press("Enter")
        await keyboard.press("Tab")
        assert await officer.page.locator(":focus").get_attribute("id") == "state"
        await officer.open("/board")
        for _ in range(7):
            await keyboard.press("Tab")
        assert await officer.page.locator(":focus").inner_text() == "Alerts"
        await keyboard.press("Enter")
        await officer.page.wait_for_url("**/alerts")
        assert await officer.heading() == "Alerts"


def check_addresses(visitors: Visitors, somebody: Person) -> None:
    """No address that the browser asked for tells anything of a person, and each is of a known shape."""
    looked_for = visitors.canaries.forms()
    assert len(looked_for) > 300
    assert not list(found_in("\n".join(somebody.asked).encode(), looked_for))
    desk = visitors.scene.plan.desk_url
    ours = [address.removeprefix(desk) for address in somebody.asked if address.startswith(desk)]
    assert len(ours) > 3
    assert [address for address in ours if not ADDRESS.fullmatch(address)] == []

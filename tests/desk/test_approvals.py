"""What somebody is about to agree to stands on the page in full."""

from pathlib import Path

import pytest
from sqlalchemy import select

from deploy.local.story.cast import STAFF, staff_id
from services.settlement.service import blueprint
from shared.access import Actor
from shared.access.approval_rows import approvals
from tests.desk.conftest import believe
from tests.desk.parlour import Browser, open_parlour
from tests.desk.test_case import ADAM, SAMI, open_case
from tests.settlement.stories import found_programme, officer, post
from tests.support.room import Room, open_room

BOTH = {"figures": ["helped_to_escape", "settled_in_canada"], "as_of": "2017-04-03", "source": "Board minutes"}


def member(name: str) -> Actor:
    return Actor(staff_id(name), "staff", frozenset(STAFF[name]))


async def states(room: Room) -> list[str]:
    """Of all approvals of the room."""
    return [row["state"] for row in await room.rows(select(approvals.c.state))]


async def only_approval(browser: Browser, service: str) -> str:
    """The page of the only approval that waits."""
    page = (await browser.get("/approvals")).text
    (found,) = page.split(f'href="/approvals/{service}/')[1:]
    return f"/approvals/{service}/" + found.split('"')[0]


@pytest.mark.parametrize("opens", [True, False])
async def test_whoever_signs_reads_that_the_programme_itself_is_disclosed(tmp_path: Path, opens: bool) -> None:
    """One more sentence when it is, above the figures; none when only figures are said."""
    folder = tmp_path / "settlement"
    folder.mkdir()
    async with open_room(blueprint(), folder) as settlement:
        me = officer()
        programme = await found_programme(settlement, me, sealed="sealed")
        await post(settlement, me, f"/programmes/{programme}/staff", {"actor_id": staff_id("director")})
        proposed = await post(settlement, me, f"/programmes/{programme}/disclosures", {**BOTH, "opens": opens})
        assert proposed.status_code == 201, proposed.text
        async with open_parlour(tmp_path, settlement=settlement.app) as parlour:
            believe(settlement, tmp_path)
            browser = await parlour.sign_in("director")
            listed = (await browser.get("/approvals")).text
            approval = listed.split('href="/approvals/settlement/')[1].split('"')[0]
            page = await browser.get(f"/approvals/settlement/{approval}")
            assert page.status_code == 200
            assert "Board minutes" in page.text
            assert ("the programme itself is disclosed" in page.text) is opens


async def test_a_custodian_reads_who_asks_why_and_signs(
    tmp_path: Path, intake: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why, and by whom; the signature is counted at intake. No name is on the page."""
    monkeypatch.setitem(STAFF, "custodian", ("custodian",))
    case_id = await open_case(intake, "Larch 2", [ADAM], ("reviewer",))
    async with intake.client(member("reviewer")) as client:
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        await client.post(f"/people/{person['id']}/reveals", json={"reason": "The consulate asks <me>."})
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("custodian")
        at = await only_approval(browser, "intake")
        page = await browser.get(at)
        assert "The consulate asks &lt;me&gt;." in page.text
        assert f"colleague {staff_id('reviewer')[:8]} asks to see who this person is" in page.text
        assert person["id"][:8] in page.text
        assert "Rosalind" not in page.text
        signed = await browser.submit(page, f"{at}/decision", say="yes")
        assert (signed.status_code, signed.headers["location"]) == (303, "/approvals")
    assert await states(intake) == ["approved"]


@pytest.mark.parametrize(("say", "becomes"), [("yes", "approved"), ("no", "rejected")])
async def test_who_decides_on_an_erasure_reads_what_goes_and_what_stays(
    tmp_path: Path, intake: Room, say: str, becomes: str
) -> None:
    """An assigned reviewer, who neither proposed nor signed it, sees the reason, who goes, who stays, and decides."""
    case_id = await open_case(intake, "Larch 2", [ADAM, SAMI], ("reviewer",))
    async with intake.client(member("officer")) as client:
        gone, stays = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        await client.post(f"/people/{gone['id']}/erasures", json={"reason": "Asked for it in a call."})
    async with open_parlour(tmp_path, intake=intake.app) as parlour:
        believe(intake, tmp_path)
        browser = await parlour.sign_in("reviewer")
        at = await only_approval(browser, "intake")
        page = await browser.get(at)
        goes, keeps = page.text.split('<section aria-labelledby="stays">')
        assert "Asked for it in a call." in goes
        assert f"<dt>Person</dt><dd>{gone['id'][:8]}</dd>" in goes
        assert f"<dt>People who stay</dt><dd>{stays['id'][:8]}</dd>" in keeps
        assert "Nobody would be left" not in keeps
        decided = await browser.submit(page, f"{at}/decision", say=say)
        assert decided.status_code == 303
    assert await states(intake) == [becomes]

"""Consent through intake's API."""

from datetime import timedelta

from shared.contracts.intake import ConsentChanged
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.room import NOON, Room, problem, staff

CALL = {"purpose": "share_with_government", "proof": "Spoken in the call of 3 April."}


async def test_consent_is_given_and_withdrawn_and_the_others_are_told(room: Room) -> None:
    """Each change is an event, sealed to who acts on it."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [ADAM], [])
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        given = await client.post(f"/people/{person['id']}/consents", json=CALL)
        assert given.status_code == 201, given.text
        url = f"/consents/{given.json()['id']}/withdrawal"
        withdrawn = await client.post(url, headers={"If-Match": given.headers["ETag"]})
        again = await client.post(url, headers={"If-Match": withdrawn.headers["ETag"]})
    assert (withdrawn.json()["live"], problem(again)) == (False, (409, "not_live"))
    told = await room.told(ConsentChanged)
    terms = [room.opened("settlement", event, event.terms) for event in told]
    assert [(term.purpose, term.live) for term in terms] == [
        ("share_with_government", True),
        ("share_with_government", False),
    ]


async def test_an_expired_consent_is_none(room: Room) -> None:
    """A consent that would be expired when given is refused; the day it expires it no longer holds."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [ADAM], [])
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        refused = await client.post(f"/people/{person['id']}/consents", json={**CALL, "expires_on": "2017-04-03"})
    assert problem(refused) == (422, "expired")


async def test_a_longer_consent_takes_the_place_of_the_earlier_one(room: Room) -> None:
    """Prolonging tells nobody that consent ended, and an expired consent does not count."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [ADAM], [])
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        url = f"/people/{person['id']}/consents"
        await client.post(url, json={**CALL, "expires_on": "2017-04-05"})
        await client.post(url, json={**CALL, "expires_on": "2017-04-10"})
        room.clock.move(NOON + timedelta(days=3))
        during = [one["live"] for one in (await client.get(f"/cases/{case_id}/consents")).json()["consents"]]
        room.clock.move(NOON + timedelta(days=7))
        after = [one["live"] for one in (await client.get(f"/cases/{case_id}/consents")).json()["consents"]]
    told = await room.told(ConsentChanged)
    assert [room.opened("notify", event, event.terms).live for event in told] == [True, True]
    assert (sorted(during), after) == ([False, True], [False, False])

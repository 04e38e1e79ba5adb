"""The journey of a person, built from what the other services tell."""

from itertools import permutations

from joserfc import jwe
from joserfc.jwk import ECKey

from services.intake.cases.model import journeys as model
from services.intake.cases.model.journeys import Facets
from services.intake.service import blueprint
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.logistics import Arrival, ArrivedPerson, JourneyArrived, PersonCleared, StayChanged, TravelTerms
from shared.contracts.notify import ReferralReceived
from shared.contracts.settlement import PathwayChanged, PathwayPerson, PathwayView
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ADAM, WHISPER, accept, ask
from tests.support.room import NOON, Room, open_room, staff


def arrival(case_id: str, person_id: str, *, veiled: bool) -> JourneyArrived:
    facts = Arrival(country="CA", outside_country_of_danger=True, veiled=veiled)
    arrived = ArrivedPerson(person_id=person_id, arrival=Sealed.of(person_id, facts))
    return JourneyArrived(case_id=case_id, journey_id=new_id(), at=NOON, arrivals=(arrived,))


def pathway(case_id: str, person_id: str, state: str | None) -> PathwayChanged:
    view = Sealed.of(person_id, PathwayView(state=state))
    return PathwayChanged(case_id=case_id, at=NOON, persons=(PathwayPerson(person_id=person_id, view=view),))


async def test_the_order_in_which_services_tell_changes_nothing(room: Room, tmp_path) -> None:
    """News of different services arrive in any order, and again; the board ends the same."""
    ends = set()
    for number, order in enumerate(permutations(("stay", "pathway", "arrival"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with open_room(blueprint(REFERRAL_KEY), folder) as one, one.client(staff("intake_officer")) as client:
            case_id = await accept(client, await ask(client), [ADAM], [])
            person_id = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
            stay = StayChanged(case_id=case_id, stay_id=new_id(), person_ids=(person_id,), at=NOON, state="left")
            news = {
                "stay": stay,
                "pathway": pathway(case_id, person_id, "accepted"),
                "arrival": arrival(case_id, person_id, veiled=False),
            }
            for name in order:
                await one.tell(news[name])
            await one.tell_again()
            (row,) = (await client.get("/board")).json()["items"]
            ends.add((row["state"], tuple(row["blocked_by"])))
    assert ends == {("arrived", ())}


async def test_what_is_veiled_leaves_the_last_state_before_it(room: Room) -> None:
    """Staff assigned to a case see nothing of a sealed programme in its journey."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [ADAM], [])
        person_id = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
        before = (await client.get("/board")).json()
        await room.tell(pathway(case_id, person_id, None))
        terms = Sealed.of(person_id, TravelTerms(veiled=True))
        await room.tell(PersonCleared(case_id=case_id, person_id=person_id, at=NOON, terms=terms))
        await room.tell(arrival(case_id, person_id, veiled=True))
        after = (await client.get("/board")).json()
    assert after == before


def test_blocked_by_names_what_a_person_waits_for() -> None:
    """The codes follow from the facets alone."""
    assert model.blocked_by(Facets("verifying")) == ("verification",)
    assert model.blocked_by(Facets("verified")) == ("triage",)
    assert model.blocked_by(Facets("planned", shelter="sheltered")) == ("pathway",)
    assert model.blocked_by(Facets("planned", shelter="sheltered", pathway="submitted")) == ("decision",)
    assert model.blocked_by(Facets("planned", shelter="sheltered", pathway="accepted")) == ("papers",)
    assert model.blocked_by(Facets("planned", shelter="sheltered", pathway="refused")) == ("pathway",)
    assert model.blocked_by(Facets("planned", travel="in_transit")) == ()
    assert model.state_of(Facets("planned", shelter="sheltered", pathway="refused")) == "decided"
    assert model.state_of(Facets("closed", travel="arrived")) == "closed"


def encrypted(document: str, key: ECKey) -> str:
    return jwe.encrypt_compact({"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}, document, key)


async def test_a_referral_becomes_a_request_that_only_intake_could_open(room: Room) -> None:
    """The partner encrypts to intake's key; the request says which referral it came from, once."""
    import orjson

    document = encrypted(orjson.dumps({**WHISPER, "channel": "partner", "asked_by": "partner"}).decode(), REFERRAL_KEY)
    received = ReferralReceived(referral_id=new_id(), partner_id=new_id(), at=NOON, document=document)
    await room.tell(received)
    await room.tell_again()
    async with room.client(staff("intake_officer")) as client:
        (listed,) = (await client.get("/requests")).json()["items"]
        seen = (await client.get(f"/requests/{listed['id']}")).json()
    assert (seen["channel"], seen["asked_by"], seen["story"]) == ("partner", "partner", WHISPER["story"])


async def test_a_referral_to_another_key_is_parked_with_its_reason(room: Room) -> None:
    """What cannot be read stands where operators see it, without its content."""
    document = encrypted("{}", ECKey.generate_key("P-256"))
    await room.tell(ReferralReceived(referral_id=new_id(), partner_id=new_id(), at=NOON, document=document))
    async with room.client(staff("operator")) as client:
        (item,) = (await client.get("/parked")).json()["items"]
    assert (item["event"], item["reason"]) == ("notify.referral_received.v1", "invalid:referral_unreadable")

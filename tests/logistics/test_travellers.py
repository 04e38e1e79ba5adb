"""What logistics knows of the people of a case, as intake told it."""

from datetime import date
from functools import partial

from sqlalchemy import select

from services.logistics.travellers.store import CONSENTS, PEOPLE, visible_to
from shared.access import Actor, case_resource
from shared.contracts.fields import Sealed
from shared.contracts.intake import CaseStateChanged, ConsentChanged, ConsentTerms
from shared.database import FOUNDATION, Transaction
from shared.database.migrations import differences, migrate
from tests.logistics.scene import ADULT, CHILD, Group, assign, open_group
from tests.support.room import NOON, Room, problem, staff


async def tell_consent(room: Room, group: Group, purpose: str, *, live: bool, until: date | None = None) -> None:
    terms = ConsentTerms.model_validate({"purpose": purpose, "live": live, "expires_on": until})
    person = group.people[0]
    event = ConsentChanged(case_id=group.case_id, person_id=person, at=NOON, terms=Sealed.of(person, terms))
    assert await room.tell(event) is None


async def test_the_group_is_known_as_intake_told_it(room: Room) -> None:
    """Members, who is a minor, the case's last state: what intake said last, also after everything is redelivered."""
    group = await open_group(room, [ADULT, CHILD])
    await room.tell(CaseStateChanged(case_id=group.case_id, at=NOON, state="verified"))
    await room.tell(CaseStateChanged(case_id=group.case_id, at=NOON, state="triaged"))
    await room.tell_again()
    async with room.client(group.coordinator) as client:
        seen = (await client.get(f"/cases/{group.case_id}/travellers")).json()
    assert (seen["case_id"], seen["state"]) == (group.case_id, "triaged")
    by_id = {it.pop("person_id"): it for it in seen["travellers"]}
    assert by_id == {
        group.people[0]: {
            "principal": True,
            "born_on": "1990-05-17",
            "country_of_danger": "RU",
            "minor": False,
            "consents": [],
        },
        group.people[1]: {
            "principal": False,
            "born_on": "2010-05-17",
            "country_of_danger": "RU",
            "minor": True,
            "consents": [],
        },
    }


async def test_the_last_word_on_a_consent_counts(room: Room) -> None:
    """A withdrawn or expired consent is none, and the others of the person stand."""
    group = await open_group(room)
    await tell_consent(room, group, "share_with_partner", live=True)
    await tell_consent(room, group, "share_with_government", live=True)
    await tell_consent(room, group, "public_statistics", live=True, until=NOON.date())
    await tell_consent(room, group, "share_with_partner", live=False)
    await room.tell_again()
    async with room.client(group.coordinator) as client:
        (person,) = (await client.get(f"/cases/{group.case_id}/travellers")).json()["travellers"]
    assert person["consents"] == ["share_with_government"]


async def test_facts_and_consents_are_ciphertext_of_one_length(room: Room) -> None:
    """The database tells neither a birth date nor a purpose, nor whether a consent is live."""
    group = await open_group(room, [ADULT, CHILD])
    await tell_consent(room, group, "share_with_partner", live=True, until=date(2018, 1, 1))
    await tell_consent(room, group, "public_statistics", live=False)
    people = await room.rows(select(PEOPLE))
    consents = await room.rows(select(CONSENTS))
    assert len({len(row["facts"].box) for row in people}) == 1
    assert len({len(row["terms"].box) for row in consents}) == 1
    raw = b"".join([*(row["facts"].box for row in people), *(row["terms"].box for row in consents)])
    raw += b"".join(row["purpose"].image for row in consents)
    assert not any(word in raw for word in (b"1990", b"share", b"public"))


async def test_the_list_shows_what_the_policies_permit(room: Room) -> None:
    """A person is visible to exactly those whom the policies let see the case."""
    group = await open_group(room)
    assigned, recused, stranger = (staff("coordinator") for _ in range(3))
    await assign(room, group, assigned, recused, recused=[recused])

    async def sight(tx: Transaction, actor: Actor) -> tuple[bool, bool]:
        listed = (await tx.execute(visible_to(actor.id))).all()
        resource = await case_resource(tx, actor, group.case_id)
        return bool(listed), room.tools.policies.allows(actor, "see_case", resource)

    for actor, sees in ((assigned, True), (recused, False), (stranger, False)):
        assert await room.database.transact(partial(sight, actor=actor)) == (sees, sees)
        async with room.client(actor) as client:
            answer = await client.get(f"/cases/{group.case_id}/travellers")
        assert answer.status_code == (200 if sees else 404)


async def test_access_that_was_taken_away_is_gone(room: Room) -> None:
    """Whoever is no longer assigned does not learn that the case exists."""
    group = await open_group(room)
    await assign(room, group, staff("coordinator"))
    async with room.client(group.coordinator) as client:
        for path in ("travellers", "stays", "journeys", "splits", "timeline"):
            assert problem(await client.get(f"/cases/{group.case_id}/{path}")) == (404, "not_found")


async def test_every_action_of_the_code_is_in_the_policies(room: Room) -> None:
    """The policy file names each action that the code asks about, and no other."""
    assert room.tools.policies.actions() == {
        "check_in",
        "decide_split",
        "hold_beds",
        "move_group",
        "move_house",
        "plan_journey",
        "propose_split",
        "record_document",
        "register_house",
        "see_address",
        "see_case",
        "see_every_house",
        "see_house",
        "see_papers",
        "see_parked",
        "settle_parked",
    }


async def test_the_migrations_make_the_tables_of_the_code(either_room: Room) -> None:
    """The migrated database agrees with the code, and goes down and up again."""
    metadata = either_room.blueprint.metadata
    assert await differences(either_room.url, [FOUNDATION, metadata]) == []
    await migrate(either_room.url, either_room.blueprint.migrations, "0001")
    await migrate(either_room.url, either_room.blueprint.migrations)
    assert await differences(either_room.url, [FOUNDATION, metadata]) == []

"""What logistics knows of the people of a case, as intake told it."""

from datetime import date
from functools import partial

from sqlalchemy import select

from services.logistics.documents.store import DOCUMENTS, ENTRIES
from services.logistics.travellers.store import CONSENTS, PEOPLE, visible_to
from shared.access import Actor, case_resource
from shared.audit import AUDIT
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import (
    AccessChanged,
    CaseOpened,
    CaseStateChanged,
    ConsentChanged,
    ConsentTerms,
    JoinedFacts,
    JoinedPerson,
    PeopleJoined,
)
from shared.database import FOUNDATION, Transaction
from shared.database.migrations import differences, migrate
from shared.work import Batch, Cause
from tests.logistics.scene import ADULT, CHILD, Group, assign, clear_entry, open_group, record_passports, see, tell_case
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


async def test_birth_dates_are_for_who_works_with_the_people(room: Room) -> None:
    """Everybody else who sees the case learns who is a minor: assigned without such a role, or through the glass."""
    group = await open_group(room, [ADULT, CHILD])
    roles = ("coordinator", "caseworker", "settlement_worker", "programme_officer", "reviewer", "intake_officer")
    team = {role: staff(role) for role in roles}
    await assign(room, group, *team.values())
    rescuer = staff("coordinator", "duty_officer")
    async with room.client(rescuer) as client:
        broken = await client.post(f"/cases/{group.case_id}/break-glass", json={"reason": "Nobody answers."})
    assert broken.status_code == 201, broken.text
    seen = {}
    for name, actor in {**team, "rescuer": rescuer}.items():
        async with room.client(actor) as client:
            answer = (await client.get(f"/cases/{group.case_id}/travellers")).json()
        by_id = {it["person_id"]: (it["born_on"], it["minor"]) for it in answer["travellers"]}
        seen[name] = [by_id[person_id] for person_id in group.people]
    dated, masked = [("1990-05-17", False), ("2010-05-17", True)], [(None, False), (None, True)]
    assert seen == {
        **dict.fromkeys(roles[:4], dated),
        **dict.fromkeys(["reviewer", "intake_officer", "rescuer"], masked),
    }
    looks = await room.rows(select(AUDIT.c.verb, AUDIT.c.actor_id).where(AUDIT.c.verb.like("see_%travellers")))
    masks = {row["actor_id"] for row in looks if row["verb"] == "see_masked_travellers"}
    assert masks == {team["reviewer"].id, team["intake_officer"].id, rescuer.id}


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
        listed = (await tx.execute(visible_to(actor, NOON))).all()
        async with Batch.of(tx, room.tools).work(actor, Cause(new_id())) as work:
            resource = await case_resource(work, actor, group.case_id)
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


async def test_the_migrations_make_the_tables_of_the_code(either_room: Room) -> None:
    """The migrated database agrees with the code, and goes down and up again."""
    metadata = either_room.blueprint.metadata
    assert await differences(either_room.url, [FOUNDATION, metadata]) == []
    await migrate(either_room.url, either_room.blueprint.migrations, "0001")
    await migrate(either_room.url, either_room.blueprint.migrations)
    assert await differences(either_room.url, [FOUNDATION, metadata]) == []


def joined(group: Group, case_id: str, number: int, from_case_id: str | None = None) -> PeopleJoined:
    """The first of the group joins a case, for the `number`th time."""
    person = group.people[0]
    facts = JoinedFacts(principal=number > 1, born_on=ADULT, country_of_danger="RU", number=number)
    people = (JoinedPerson(person_id=person, facts=Sealed.of(person, facts)),)
    return PeopleJoined(case_id=case_id, from_case_id=from_case_id, at=NOON, people=people)


async def test_whoever_moved_is_on_the_case_they_joined_last(room: Room) -> None:
    """With their papers and clearances, in whatever order the events of the cases come, and however often: a case that
    is opened late takes nobody back."""
    group, new, third = await open_group(room, [ADULT, CHILD]), new_id(), new_id()
    await clear_entry(room, group)
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people[:1])
    for case_id in (third, new):
        await room.tell(CaseOpened(case_id=case_id, at=NOON, members=()))
        await room.tell(AccessChanged(case_id=case_id, at=NOON, assigned=(group.coordinator.id,)))
    await see(room, group)
    await room.tell(joined(group, third, 5, new))
    await room.tell(joined(group, new, 3, group.case_id))
    await room.tell_again()
    async with room.client(group.coordinator) as client:
        on = {
            case_id: [it["person_id"] for it in (await client.get(f"/cases/{case_id}/travellers")).json()["travellers"]]
            for case_id in (group.case_id, new, third)
        }
        assert on == {group.case_id: group.people[1:], new: [], third: group.people[:1]}
        assert (await client.get(f"/people/{group.people[0]}/clearance")).json()["cleared"] is True
        assert len((await client.get(f"/people/{group.people[0]}/documents")).json()["items"]) == 1
    for table in (DOCUMENTS, ENTRIES):
        rows = await room.rows(select(table.c.case_id).where(table.c.person_id == group.people[0]))
        assert {row["case_id"] for row in rows} == {third}


async def test_a_case_opened_after_somebody_left_it_takes_nobody_back(room: Room) -> None:
    """The event that they joined another one came first."""
    group, new = Group(staff("coordinator"), people=[new_id()]), new_id()
    await room.tell(CaseOpened(case_id=new, at=NOON, members=()))
    await room.tell(joined(group, new, 2, group.case_id))
    await tell_case(room, group)
    assert [row["case_id"] for row in await room.rows(select(PEOPLE.c.case_id))] == [new]

"""What a sealed programme shows to whom: its list everything, everybody else nothing, the bus the same as any other."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import select

from services.settlement.database import metadata
from services.settlement.plans.store import PLANS
from services.settlement.plans.store import visible_to as visible_plans
from services.settlement.programmes.store.programmes import PROGRAMMES
from services.settlement.programmes.store.programmes import visible_to as visible_programmes
from services.settlement.programmes.store.submissions import SUBMISSIONS
from services.settlement.programmes.store.submissions import visible_to as visible_submissions
from services.settlement.reception.store import RECEPTIONS
from services.settlement.reception.store import visible_to as visible_receptions
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.settlement import (
    EntryCleared,
    OutcomeRecorded,
    PathwayChanged,
    PlanOpened,
    ReceptionConfirmed,
    ReceptionEnded,
)
from shared.messaging.outbox import OUTBOX
from tests.settlement.stories import (
    Group,
    accept,
    arrive,
    assign,
    depart,
    found_programme,
    get,
    hand_over,
    officer,
    open_case,
    post,
    submit,
    tell_consent,
)
from tests.support.erasure import person_erased
from tests.support.room import NOON, Room, problem, staff

FIGURES = {"figures": ["helped_to_escape", "settled_in_canada"], "as_of": "2017-04-03", "source": "Board minutes"}
SAME = {"X-Correlation-Id": "0" * 32}


async def settle_through(room: Room, sealed: str, *more: Actor) -> tuple[Actor, Actor, str, Group]:
    """A pair goes all the way to Canada through a programme; returns officer, escort, programme and group."""
    me, escort = officer(), staff("escort")
    programme = await found_programme(room, me, sealed=sealed)
    await post(room, me, f"/programmes/{programme}/staff", {"actor_id": escort.id})
    group = await open_case(room, me, escort, *more, people=2)
    await accept(room, me, programme, group)
    await arrive(room, group, await depart(room, group, veiled=sealed == "sealed"), veiled=sealed == "sealed")
    await hand_over(room, group, me, escort)
    return me, escort, programme, group


async def test_who_is_not_on_the_list_cannot_tell_a_sealed_programme_from_none(room: Room) -> None:
    """Every route answers byte for byte as for an id that never was, whatever the role and the assignment."""
    me, outsider = officer(), officer()
    programme = await found_programme(room, me, sealed="sealed")
    group = await open_case(room, me, outsider)
    submitted = (await submit(room, me, programme, group)).json()
    signed = await post(room, me, f"/programmes/{programme}/disclosures", FIGURES)
    body = {"case_id": group.case_id, "person_ids": list(group.person_ids)}
    looks: list[Callable[[dict[str, str]], str]] = [
        lambda ids: f"/programmes/{ids['programme']}",
        lambda ids: f"/submissions/{ids['submission']}",
        lambda ids: f"/disclosures/{ids['disclosure']}",
    ]
    acts: list[tuple[Callable[[dict[str, str]], str], object]] = [
        (lambda ids: f"/programmes/{ids['programme']}/submissions", body),
        (lambda ids: f"/programmes/{ids['programme']}/staff", {"actor_id": outsider.id}),
        (lambda ids: f"/programmes/{ids['programme']}/places", {"places": 1}),
        (lambda ids: f"/programmes/{ids['programme']}/disclosures", FIGURES),
        (lambda ids: f"/submissions/{ids['submission']}/decision", {"outcome": "refused"}),
        (lambda ids: f"/submissions/{ids['submission']}/withdrawal", {}),
        (lambda ids: f"/disclosures/{ids['disclosure']}/signatures", {"content_digest": "0" * 64}),
    ]
    real = {"programme": programme, "submission": submitted["id"], "disclosure": signed.json()["id"]}
    never = dict.fromkeys(real, new_id())
    async with room.client(outsider) as client:
        for look in looks:
            there, nowhere = [await client.get(look(ids), headers=SAME) for ids in (real, never)]
            assert problem(there) == (404, "not_found")
            assert (there.content, dict(there.headers)) == (nowhere.content, dict(nowhere.headers))
        for act, content in acts:
            headers = {**SAME, "If-Match": '"1"'}
            there, nowhere = [await client.post(act(ids), json=content, headers=headers) for ids in (real, never)]
            assert problem(there) == (404, "not_found"), act(real)
            assert (there.content, dict(there.headers)) == (nowhere.content, dict(nowhere.headers))


async def test_lists_show_sealed_programmes_to_their_list_only(room: Room) -> None:
    """Being put on the list opens it; an open programme is seen by all staff."""
    me, colleague = officer(), staff("coordinator")
    sealed = await found_programme(room, me, sealed="sealed")
    public = await found_programme(room, me)

    async def seen(actor: Actor) -> set[str]:
        return {one["id"] for one in (await get(room, actor, "/programmes")).json()["items"]}

    assert (await seen(me), await seen(colleague)) == ({sealed, public}, {public})
    enlisted = await post(room, colleague, f"/programmes/{public}/staff", {"actor_id": colleague.id})
    assert problem(enlisted) == (403, "not_permitted")
    for _ in range(2):
        assert (await post(room, me, f"/programmes/{sealed}/staff", {"actor_id": colleague.id})).status_code == 200
    assert await seen(colleague) == {sealed, public}
    opened = (await get(room, colleague, f"/programmes/{sealed}")).json()
    assert (set(opened["staff"]), opened["version"]) == ({me.id, colleague.id}, 2)
    stale = await post(room, me, f"/programmes/{sealed}/places", {"places": 9}, version=1)
    assert problem(stale) == (412, "stale_version")
    pages, after = [], ""
    while after is not None:
        page = (await get(room, me, f"/programmes?limit=1{after and f'&after={after}'}")).json()
        pages += [one["id"] for one in page["items"]]
        after = page["next"]
    assert pages == sorted([sealed, public])


async def test_a_case_looks_to_others_as_before_the_sealed_programme(room: Room) -> None:
    """Assigned staff who are not on the list see no submission, reception, plan or happening of it."""
    outsider = officer()
    me, _, _, group = await settle_through(room, "sealed", outsider)
    plain = await open_case(room, outsider, people=2)
    for what in ("submissions", "receptions", "plans", "pathways"):
        theirs = await get(room, outsider, f"/cases/{group.case_id}/{what}")
        assert theirs.json() == {"items": [], "next": None}, what
        assert (await get(room, me, f"/cases/{group.case_id}/{what}")).json()["items"] or what == "pathways"

    async def happened(case_id: str) -> list[str]:
        timeline = (await get(room, outsider, f"/cases/{case_id}/timeline")).json()
        return [happening["what"] for happening in timeline["happenings"]]

    assert await happened(group.case_id) == await happened(plain.case_id)

    (reception,) = (await get(room, me, f"/cases/{group.case_id}/receptions")).json()["items"]
    plan = (await get(room, me, f"/cases/{group.case_id}/plans")).json()["items"][0]
    assert problem(await get(room, outsider, f"/receptions/{reception['id']}")) == (404, "not_found")
    need = await post(room, outsider, f"/plans/{plan['id']}/needs", {"kind": "language"})
    assert problem(need) == (404, "not_found")


async def test_an_auditor_who_is_not_on_the_list_reads_of_an_ordinary_case(room: Room) -> None:
    """On the log of the case, of its people and of the whole service stands nothing of the sealed programme."""
    outsider, auditor = officer(), staff("auditor")
    me, _, programme, group = await settle_through(room, "sealed", outsider)
    for actor in (outsider, me):
        await get(room, actor, f"/programmes/{programme}")
    await post(room, me, f"/programmes/{programme}/disclosures", FIGURES)
    plain = await open_case(room, outsider, people=2)
    hidden = {
        row["id"] for table in (PROGRAMMES, SUBMISSIONS, RECEPTIONS, PLANS) for row in await room.rows(select(table))
    }
    await room.link()

    async def read(actor: Actor, query: str = "") -> list[dict[str, object]]:
        return list((await get(room, actor, f"/audit?limit=200{query}")).json()["items"])

    async def done(query: str, actor: Actor = auditor) -> list[object]:
        return [row["verb"] for row in await read(actor, query) if not empty_list(row)]

    assert await done(f"&case_id={group.case_id}") == await done(f"&case_id={plain.case_id}")
    for one, other in zip(group.person_ids, plain.person_ids, strict=True):
        assert await done(f"&subject={one}") == await done(f"&subject={other}")
    told = [row for row in await read(auditor) if not row["denied"]]
    assert not hidden & {str(one) for row in told for one in (row["subjects"] or ())}
    assert {"know_newcomers", "note_consent"} <= {row["verb"] for row in told}
    assert not [row for row in told if "programme" in str(row["verb"]) or "submission" in str(row["verb"])]
    in_vain = [(row["verb"], row["denied"], row["subjects"]) for row in await read(auditor, f"&subject={programme}")]
    assert in_vain == [("see_programme", True, [programme])]
    await post(room, me, f"/programmes/{programme}/staff", {"actor_id": auditor.id})
    assert "found_programme" in await done(f"&subject={programme}")
    assert len(await done(f"&case_id={group.case_id}")) > len(await done(f"&case_id={plain.case_id}"))


def empty_list(row: Mapping[str, object]) -> bool:
    """A look at a list on which there was nothing, as far as is told: it looks the same about any case."""
    return row["verb"] in ("see_submissions", "see_receptions", "see_plans") and row["subjects"] == []


async def test_an_erasure_uncovers_nothing_on_the_log(room: Room) -> None:
    """Two families settle, one through a sealed programme; erased, both read the same to an auditor who is not on the
    list, and no id of what is gone is told."""
    outsider, auditor = officer(), staff("auditor")
    me, _, _, group = await settle_through(room, "sealed", outsider)
    plain = await open_case(room, outsider, people=2)
    plans = (await get(room, me, f"/cases/{group.case_id}/plans")).json()["items"]
    await post(room, me, f"/plans/{plans[0]['id']}/needs", {"kind": "schooling", "note": "French"})
    for what in ("submissions", "receptions", "plans"):
        (await get(room, me, f"/cases/{group.case_id}/{what}")).raise_for_status()
    hidden = {row["id"] for table in (SUBMISSIONS, RECEPTIONS, PLANS) for row in await room.rows(select(table))}
    for family in (group, plain):
        for person in family.person_ids:
            await tell_consent(room, family, person, live=False)
            await room.fire()
            last = person == family.person_ids[-1]
            await room.tell(person_erased(room, family.case_id, person, ends=last))
            await room.fire()
    await room.link()

    async def read(query: str) -> list[dict[str, object]]:
        return list((await get(room, auditor, f"/audit?limit=200{query}")).json()["items"])

    for one, other in ((group.case_id, plain.case_id), *zip(group.person_ids, plain.person_ids, strict=True)):
        told, ordinary = [[row for row in await read(f"&subject={it}") if not empty_list(row)] for it in (one, other)]
        assert [row["verb"] for row in told] == [row["verb"] for row in ordinary]
    told = await read("")
    assert not hidden & {str(one) for row in told for one in (row["subjects"] or ())}  # type: ignore[attr-defined]


async def test_who_cannot_know_of_a_submission_opens_another_way_as_if_there_were_none(room: Room) -> None:
    """A conflict would tell; so the way is opened for whoever is not on the list."""
    me, outsider = officer(), officer()
    programme = await found_programme(room, me, sealed="sealed")
    group = await open_case(room, me, outsider)
    await submit(room, me, programme, group)
    way = {"kind": "visa_free", "country": "AM", "from_date": "2017-04-20", "person_ids": list(group.person_ids)}
    url = f"/cases/{group.case_id}/pathways"
    assert problem(await post(room, me, url, way)) == (409, "submission_is_live")
    assert (await post(room, outsider, url, way)).status_code == 201


async def test_a_seal_beats_assignment_and_recusal_beats_the_list(room: Room) -> None:
    """Being on the list does not open a case that one is recused from."""
    me, recused = officer(), officer()
    programme = await found_programme(room, me, sealed="sealed")
    await post(room, me, f"/programmes/{programme}/staff", {"actor_id": recused.id})
    group = await open_case(room, me)
    await assign(room, group, me, recused=(recused,))
    submitted = (await submit(room, me, programme, group)).json()
    assert problem(await get(room, recused, f"/submissions/{submitted['id']}")) == (404, "not_found")


async def test_events_of_a_sealed_programme_look_like_any_other(room: Room) -> None:
    """The same types, fields and sizes, so that the bus and whoever runs it cannot tell one from the other."""
    _, _, _, hidden = await settle_through(room, "sealed")
    _, _, _, public = await settle_through(room, "disclosed")
    room.clock.move(room.clock.now() + timedelta(days=42))
    assert await room.fire() == 2

    async def shapes(group: Group) -> list[tuple[str, object]]:
        bodies = await room.rows(select(OUTBOX.c.body).where(OUTBOX.c.key == group.case_id).order_by(OUTBOX.c.seq))
        events = [json.loads(row["body"]) for row in bodies]
        return [(event["type"], _shape(event)) for event in events]

    assert await shapes(hidden) == await shapes(public)
    assert [kind for kind, _ in await shapes(hidden)] == [
        *["settlement.consent_acknowledged.v1"] * 4,
        "settlement.pathway_changed.v1",
        "settlement.pathway_changed.v1",
        "settlement.sight_changed.v1",
        "settlement.entry_cleared.v1",
        *["settlement.outcome_recorded.v1"] * 2,
        "settlement.reception_confirmed.v1",
        *["settlement.plan_opened.v1"] * 2,
        *["settlement.outcome_recorded.v1"] * 2,
        "settlement.reception_ended.v1",
    ]


async def test_a_publication_puts_nothing_of_its_people_on_the_bus(room: Room) -> None:
    """An event for each of them would list them; only the signed figures are told, under an id of their own."""
    me, escort, programme, group = await settle_through(room, "sealed")
    before = await room.told()
    assert len([told for told in before if isinstance(told.event, OutcomeRecorded)]) == 4
    proposed = (await post(room, me, f"/programmes/{programme}/disclosures", FIGURES)).json()
    url = f"/disclosures/{proposed['id']}/signatures"
    signed = await post(room, escort, url, {"content_digest": proposed["content_digest"]})
    assert signed.json()["state"] == "published", signed.text
    (told,) = (await room.told())[len(before) :]
    assert told.event.type == "settlement.figures_disclosed.v1"
    bodies = [row["body"] for row in await room.rows(select(OUTBOX.c.body).order_by(OUTBOX.c.seq))]
    for one in (*group.person_ids, group.case_id, programme):
        assert one.encode() not in bodies[-1]


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return len(value) if isinstance(value, str) else type(value).__name__


async def test_intake_reads_nothing_of_a_sealed_way_and_everything_of_an_open_one(room: Room) -> None:
    """The views are null while the programme is sealed; logistics learns that the clearance is veiled."""
    for sealed in ("sealed", "disclosed"):
        _, _, _, group = await settle_through(room, sealed)
        room.clock.move(room.clock.now() + timedelta(days=42))
        assert await room.fire() == 1
        states, veils = [], []
        for told in await room.told():
            if told.event.key != group.case_id:
                continue
            if isinstance(told.event, PathwayChanged | ReceptionConfirmed | ReceptionEnded):
                states += [room.opened("intake", told, one.view).state for one in told.persons]
            if isinstance(told.event, PlanOpened):
                states.append(room.opened("intake", told, told.person.view).state)
            if isinstance(told.event, EntryCleared):
                veils += [room.opened("logistics", told, one.clearance).veiled for one in told.persons]
        open_states = ["submitted"] * 2 + ["accepted"] * 2 + ["in_reception"] * 4 + ["settling"] * 2
        assert states == ([None] * 10 if sealed == "sealed" else open_states)
        assert veils == [sealed == "sealed"] * 2


async def test_lists_in_sql_show_exactly_what_the_policies_allow(room: Room) -> None:
    """For every actor and every row of a small world of sealed, open, assigned, recused and unknown."""
    outsider, recused, stranger = officer(), officer(), officer()
    me, escort, _, group = await settle_through(room, "sealed", outsider)
    other, _, _, _ = await settle_through(room, "disclosed", outsider)
    await assign(room, group, me, escort, outsider, recused, recused=(recused,))
    for actor in (me, escort, other, outsider, recused, stranger):
        worker = Actor(actor.id, "staff", actor.roles | {"settlement_worker"})
        listed = {
            "programmes": ({row["id"] for row in await room.rows(visible_programmes(actor, NOON))}, PROGRAMMES),
            "submissions": ({row["id"] for row in await room.rows(visible_submissions(actor, NOON))}, SUBMISSIONS),
            "receptions": ({row["id"] for row in await room.rows(visible_receptions(actor, NOON))}, RECEPTIONS),
        }
        for url, (visible, table) in listed.items():
            every = [row["id"] for row in await room.rows(select(table.c.id))]
            assert len(every) == 2
            answered = {one for one in every if (await get(room, actor, f"/{url}/{one}")).status_code == 200}
            assert answered == visible, url
        plans = [row["id"] for row in await room.rows(select(PLANS.c.id))]
        needs = {one: await post(room, worker, f"/plans/{one}/needs", {"kind": "health"}) for one in plans}
        worked = {one for one, answer in needs.items() if answer.status_code == 201}
        assert worked == {row["id"] for row in await room.rows(visible_plans(worker, NOON))}


async def test_names_and_facts_are_in_no_column_in_clear(room: Room) -> None:
    """Whoever reads the database finds ids, states, instants and counts."""
    me, _, _, group = await settle_through(room, "sealed")
    plan = (await get(room, me, f"/cases/{group.case_id}/plans")).json()["items"][0]
    note = "Wants to learn French before the winter"
    need = (await post(room, me, f"/plans/{plan['id']}/needs", {"kind": "schooling", "note": note})).json()
    await post(room, me, f"/needs/{need['id']}/referral", {"service": "Evening school"}, version=1)
    for table in metadata.sorted_tables:
        for row in await room.rows(select(table)):
            for said in ("Maple door", "1990-05-01", "2017-05-01", "French", "schooling", "Evening", "RU"):
                assert said not in repr(row), (table.name, said)


async def test_broken_glass_opens_neither_a_sealed_programme_nor_employability(room: Room) -> None:
    """Who broke it sees an open programme's submission and reception; plans, and what is sealed, never."""
    rescuer = staff("coordinator", "settlement_worker", "programme_officer", "programme_manager", "manager")
    found = {}
    for sealed in ("sealed", "disclosed"):
        _, _, _, group = await settle_through(room, sealed)
        before = await get(room, rescuer, f"/cases/{group.case_id}/submissions")
        assert problem(before) == (404, "not_found")
        broken = await post(room, rescuer, f"/cases/{group.case_id}/break-glass", {"reason": "Nobody answers."})
        assert broken.status_code == 201, broken.text
        found[sealed] = {
            what: len((await get(room, rescuer, f"/cases/{group.case_id}/{what}")).json()["items"])
            for what in ("submissions", "receptions")
        }
        assert problem(await get(room, rescuer, f"/cases/{group.case_id}/plans")) == (403, "not_permitted")
        for row in await room.rows(select(PLANS.c.id).where(PLANS.c.case_id == group.case_id)):
            refused = await post(room, rescuer, f"/plans/{row['id']}/needs", {"kind": "employment"})
            assert problem(refused) == (404, "not_found")
    assert found == {"sealed": {"submissions": 0, "receptions": 0}, "disclosed": {"submissions": 1, "receptions": 1}}
    (sealed_one,) = await room.rows(select(SUBMISSIONS.c.id).join(PROGRAMMES).where(PROGRAMMES.c.seal == "sealed"))
    assert problem(await get(room, rescuer, f"/submissions/{sealed_one['id']}")) == (404, "not_found")

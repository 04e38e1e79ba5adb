"""Lists in SQL show exactly the rows for which the policies allow the look, asked row by row.

Rule: every `visible_to` there is, is held; one that nobody thought of here fails the first test.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, delete, insert

from shared.access import Actor, case_resource
from shared.access.approval_rows import approvals
from shared.access.grants import access_entries, glass
from shared.clock import new_id
from shared.database import Transaction
from shared.work import Batch, Cause
from tests.access.lists import LISTS, Programme, Scene, Shown, Standing, filled
from tests.access.rooms import BLUEPRINTS
from tests.access.test_glass import ROLES
from tests.support.room import NOON, Room, open_room

ME = "5" * 32
CASES = ("a" * 31 + "1", "b" * 31 + "2", "c" * 31 + "3")
DOORS = ("d" * 31 + "4", "e" * 31 + "5")
SECOND = timedelta(seconds=1)
UNTIL: Mapping[str, datetime | None] = {
    "never": None,
    "long ago": NOON - 3600 * SECOND,
    "just over": NOON,
    "live": NOON + SECOND,
}

standings = st.builds(Standing, st.booleans(), st.booleans(), st.booleans())
programmes = st.tuples(
    *(
        st.builds(Programme, st.just(one), st.sampled_from(["sealed", "partly_disclosed", "disclosed"]), st.booleans())
        for one in DOORS
    )
)
scenes = st.builds(
    Scene,
    st.builds(
        Actor,
        st.just(ME),
        st.sampled_from([*["staff"] * 6, "partner", "service"]),
        st.one_of(st.just(frozenset(ROLES)), st.frozensets(st.sampled_from(ROLES), max_size=4)),
    ),
    st.fixed_dictionaries(dict.fromkeys(CASES, standings)),
    programmes,
    st.fixed_dictionaries(dict.fromkeys(CASES, st.frozensets(st.sampled_from(DOORS)))),
)
ends = st.sampled_from(["never", "long ago", "just over"])


def modules(service: str) -> list[ModuleType]:
    package = importlib.import_module(f"services.{service}")
    names = [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return [
        importlib.import_module(name) for name in names if not name.endswith("__main__") and ".migrations" not in name
    ]


@pytest.mark.parametrize("service", BLUEPRINTS)
def test_no_list_is_forgotten(service: str) -> None:
    """Every `visible_to` of the service is in the world of these tests, and nothing else is."""
    defined = {
        module.__name__
        for module in modules(service)
        if getattr(getattr(module, "visible_to", None), "__module__", "") == module.__name__
    }
    assert {one.name for one in LISTS[service]} == defined


async def set_up(tx: Transaction, service: str, scene: Scene, over: str) -> dict[str, list[Shown]]:
    """Clear everything away and write the scene; over: how the glass stands that is not broken now."""
    found = {one.name: one.rows(scene) for one in LISTS[service]}
    rows: list[tuple[Table, dict[str, Any]]] = [(one.table, it.row) for one in LISTS[service] for it in found[one.name]]
    rows += [around for shown in found.values() for it in shown for around in it.around]
    metadata = LISTS[service][0].table.metadata
    for table in (*reversed(metadata.sorted_tables), access_entries, glass, approvals):
        await tx.execute(delete(table))
    for table in (approvals, *metadata.sorted_tables):
        for row in (row for at, row in rows if at is table):
            row.update(filled(table, row))
            await tx.execute(insert(table), row)
    for case_id, standing in scene.cases.items():
        await stand(tx, case_id, standing, over)
    return found


async def stand(tx: Transaction, case_id: str, standing: Standing, over: str) -> None:
    # Somebody else stands to every case in every way, and must not matter.
    entries = [("0" * 32, "assigned"), ("0" * 32, "recused")]
    entries += [(ME, how) for how in ("assigned", "recused") if getattr(standing, how)]
    rows = [{"case_id": case_id, "actor_id": who, "relation": how, "since": NOON} for who, how in entries]
    await tx.execute(insert(access_entries), rows)
    until = UNTIL["live" if standing.glass_broken else over]
    looks = {"0" * 32: UNTIL["live"], ME: until}
    await tx.execute(
        insert(glass), [{"case_id": case_id, "actor_id": who, "until": end} for who, end in looks.items() if end]
    )


async def compare(room: Room, scene: Scene, over: str) -> int:
    """Compare every list of a service with its policies; returns how many rows were seen."""
    service, actor = room.blueprint.name, scene.actor

    async def job(tx: Transaction) -> int:
        found, seen = await set_up(tx, service, scene, over), 0
        for one in LISTS[service]:
            key = [column.name for column in one.table.primary_key]
            hidden = {"hidden": [it.row["id"] for it in found[one.name] if it.hidden]}
            query = one.store.visible_to(actor, NOON, **(hidden if any(hidden.values()) else {}))
            listed = {tuple(row[name] for name in key) for row in await rows_of(tx, query)}
            allowed = {
                tuple(it.row[name] for name in key)
                for it in found[one.name]
                if room.tools.policies.allows(actor, one.action, it.resource)
            }
            assert listed == allowed, one.name
            seen += len(listed)
        async with Batch.of(tx, room.tools).work(actor, Cause(new_id())) as work:
            told = {case_id: dict((await case_resource(work, actor, case_id)).attributes) for case_id in scene.cases}
        assert told == {case_id: scene.standing(case_id) for case_id in scene.cases}
        return seen

    return await room.database.transact(job)


async def rows_of(tx: Transaction, query: Any) -> list[Mapping[str, Any]]:
    return [dict(row) for row in (await tx.execute(query)).mappings()]


WORKER = Actor(ME, "staff", frozenset(ROLES))
EVERYTHING = Scene(
    WORKER,
    dict.fromkeys(CASES, Standing(assigned=True, recused=False, glass_broken=True)),
    (Programme(DOORS[0], "sealed", listed=True), Programme(DOORS[1], "disclosed", listed=False)),
    dict.fromkeys(CASES, frozenset(DOORS)),
)
GLASS_ONLY = Scene(
    WORKER,
    dict(zip(CASES, (Standing(False, recused, True) for recused in (False, True, False)), strict=True)),
    EVERYTHING.programmes,
    dict.fromkeys(CASES, frozenset()),
)
SEALED_OFF = Scene(
    WORKER,
    dict.fromkeys(CASES, Standing(assigned=True, recused=False, glass_broken=True)),
    (Programme(DOORS[0], "partly_disclosed", listed=False), Programme(DOORS[1], "sealed", listed=True)),
    {CASES[0]: frozenset(DOORS), CASES[1]: frozenset({DOORS[1]}), CASES[2]: frozenset()},
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scene=scenes, over=ends)
@example(scene=EVERYTHING, over="never")
@example(scene=SEALED_OFF, over="just over")
@example(scene=GLASS_ONLY, over="never")
async def test_lists_show_what_the_policies_allow(room: Room, scene: Scene, over: str) -> None:
    """Random assignments, recusals, broken glass, roles, lists and seals: the same rows both ways."""
    await compare(room, scene, over)


async def test_whoever_may_everything_sees_every_row(room: Room) -> None:
    """The comparison is not between two empty sets."""
    rows = {
        "intake": 3 + 4 + 4 + 4 + 1 + 1 + 1 + 5 * 3 + 3 * 10 + 1 + 3 + 3 + 1 + 3 + 3 + 1,
        "logistics": 3 + 3 + 3 + 3 + 3 + 3,
        "settlement": 2 + 6 + 1 + 4 * 3,
        "notify": 3 * 4 + 3 * 2,
    }
    assert await compare(room, EVERYTHING, "never") == rows[room.blueprint.name]


@pytest.mark.parametrize("service", BLUEPRINTS)
async def test_lists_show_the_same_on_postgresql(service: str, tmp_path: Path) -> None:
    """One run of scenes on the other database: each standing once, and everything at once."""
    async with open_room(BLUEPRINTS[service](), tmp_path, "postgresql") as room:
        for scene in (EVERYTHING, SEALED_OFF):
            await compare(room, scene, "just over")
        for number in range(0, 8, 3):
            three = [Standing(*(bool((number + at) % 8 & bit) for bit in (1, 2, 4))) for at in range(3)]
            for roles in ((), ROLES, ("coordinator",), ("settlement_worker", "duty_officer"), ("keeper", "escort")):
                actor = Actor(ME, "staff", frozenset(roles))
                cases = dict(zip(CASES, three, strict=True))
                await compare(room, Scene(actor, cases, SEALED_OFF.programmes, SEALED_OFF.accepted), "just over")

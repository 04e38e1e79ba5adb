"""An invented world for every list that somebody may see: rows, and each row as the policies see it.

Rule: how the actor stands to a row is written down here from the scene alone, never read back with the code under test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import Boolean, Column, Date, Integer, String, Table

from services.intake.cases.store import families
from services.intake.cases.store import lifecycle as cases
from services.intake.consent.store import consents as consent
from services.intake.diary.store import appointments, interpreters, notes
from services.intake.duties import store as duties
from services.intake.erasure import store as erasure
from services.intake.imports import store as imports
from services.intake.people.store import people
from services.intake.requests.store import history, requests
from services.intake.retention import store as retention
from services.intake.search import store as search
from services.intake.staff import store as teams
from services.intake.testimony.store import claims, reports, statements
from services.intake.threads import store as threads
from services.logistics.documents import store as documents
from services.logistics.journeys.store import journeys, splits
from services.logistics.safe_houses.store import houses, stays
from services.logistics.travellers import store as travellers
from services.notify.messages import store as messages
from services.notify.partners.store import sharing
from services.notify.webhooks.store import deliveries
from services.settlement.newcomers import store as newcomers
from services.settlement.plans import store as plans
from services.settlement.programmes.store import disclosures, pathways, programmes, submissions
from services.settlement.reception import store as reception
from shared.access import Actor, Resource
from shared.access.approval_rows import approvals
from shared.database import Instant
from shared.vault import Blind, BlindIndex, Ciphertext, Encrypted
from tests.support.room import NOON

HOUSE = "9" * 32


@dataclass(frozen=True)
class Standing:
    """How the actor stands to a case."""

    assigned: bool
    recused: bool
    glass_broken: bool


@dataclass(frozen=True)
class Programme:
    """A programme; listed: whether the actor is on its list."""

    id: str
    seal: str
    listed: bool

    @property
    def known(self) -> dict[str, bool]:
        return {"open": self.seal == "disclosed", "listed": self.listed}


@dataclass(frozen=True)
class Scene:
    """Who looks, how they stand to each case, the programmes, and who of each case was accepted by which of them."""

    actor: Actor
    cases: Mapping[str, Standing]
    programmes: tuple[Programme, ...]
    accepted: Mapping[str, frozenset[str]]

    def standing(self, case_id: str) -> dict[str, Any]:
        return vars(self.cases[case_id])

    def hidden(self, case_id: str) -> bool:
        """Whether the person of the case came by way of something that the actor may not know of."""
        through = [one for one in self.programmes if one.id in self.accepted[case_id]]
        return any(one.seal != "disclosed" and not one.listed for one in through)


def person_of(case_id: str) -> str:
    """The only person of an invented case."""
    return case_id[::-1]


@dataclass(frozen=True)
class Shown:
    """A row, and what the policies must be asked about it. around: further rows it needs; hidden: by a veil."""

    row: dict[str, Any]
    resource: Resource
    around: tuple[tuple[Table, dict[str, Any]], ...] = ()
    hidden: bool = False


@dataclass(frozen=True)
class List:
    """What a slice lists: the store, its table, the action that looks at a row, and the rows of a scene."""

    store: Any
    table: Table
    action: str
    rows: Callable[[Scene], list[Shown]]

    @property
    def name(self) -> str:
        return str(self.store.__name__)


def _case(scene: Scene, case_id: str) -> Resource:
    return Resource("Case", case_id, scene.standing(case_id))


def _per_case(**columns: Any) -> Callable[[Scene], list[Shown]]:
    """One row for every case."""
    return lambda scene: [Shown({"case_id": one, **columns}, _case(scene, one)) for one in scene.cases]


def _veiled(rows: Callable[[Scene], list[Shown]]) -> Callable[[Scene], list[Shown]]:
    """These rows, and as many again that a veil hides from the actor."""

    def both(scene: Scene) -> list[Shown]:
        behind = [replace(it, row=dict(it.row), around=(), hidden=True) for it in rows(scene)]
        return [*rows(scene), *(replace(it, resource=_hidden(it.resource)) for it in behind)]

    return both


def _hidden(seen: Resource) -> Resource:
    return Resource(seen.type, seen.id, {**seen.attributes, "hidden": True})


def _alerts(scene: Scene) -> list[Shown]:
    said = [
        (scene.actor.id, "duress", None),
        ("f" * 32, "duress", None),
        (None, "check_in_missed", "due"),
        (None, "duty", "reminder"),
        (None, "duty", "overdue"),
    ]
    return [
        Shown(
            {"case_id": case_id, "kind": kind, "raised_by": who, "step": step},
            Resource(
                "Case",
                case_id,
                {
                    **scene.standing(case_id),
                    "duress": kind == "duress",
                    "said_by": who or "",
                    "reminder": step == "reminder",
                },
            ),
        )
        for case_id in scene.cases
        for who, kind, step in said
    ]


def _cases(scene: Scene) -> list[Shown]:
    return [Shown({"id": one}, _case(scene, one)) for one in scene.cases]


def _requests(scene: Scene) -> list[Shown]:
    opened = [
        Shown(
            {"id": request_of(one), "case_id": one}, Resource("Request", one, {**scene.standing(one), "is_case": True})
        )
        for one in scene.cases
    ]
    nothing = {"assigned": False, "recused": False, "glass_broken": False, "is_case": False}
    alone = {"id": request_of(HOUSE), "case_id": None}
    return [*opened, Shown(alone, Resource("Request", "0" * 32, nothing))]


def request_of(case_id: str) -> str:
    """The only request that became an invented case."""
    return case_id[16:] + case_id[:16]


def _threads(scene: Scene) -> list[Shown]:
    return [Shown({"request_id": it.row["id"]}, it.resource) for it in _requests(scene)]


def _claims(_: Scene) -> list[Shown]:
    return [Shown({}, Resource("Claims", "all", {}))]


def _reports(_: Scene) -> list[Shown]:
    return [Shown({}, Resource("Reports", "all", {}))]


def _kept(scene: Scene) -> list[Shown]:
    return [
        Shown({"id": one}, Resource("Case", one, {**scene.standing(one), "glass_broken": False, "assigned": False}))
        for one in scene.cases
    ]


def _interpreters(_: Scene) -> list[Shown]:
    return [Shown({}, Resource("Interpreters", "all", {}))]


def _imports(scene: Scene) -> list[Shown]:
    return [
        Shown({"begun_by": whose}, Resource("Imports", "one", {"mine": whose == scene.actor.id}))
        for whose in (scene.actor.id, "0" * 32)
    ]


def _teams(_: Scene) -> list[Shown]:
    return [Shown({}, Resource("Teams", "all", {}))]


def _duties(scene: Scene) -> list[Shown]:
    """Of each case one of every kind of turn, by hand; and one about a request, for a role."""
    mine, others, away = uuid4().hex, uuid4().hex, "f" * 32
    shown = []
    for case_id, how in scene.cases.items():
        turns = [
            ("person", scene.actor.id, how.assigned),
            ("person", "0" * 32, False),
            ("person", away, how.assigned),
            ("team", mine, how.assigned),
            ("team", others, False),
            ("team", away, how.assigned),
            ("role", "manager", "manager" in scene.actor.roles),
            ("asked", scene.actor.id, True),
            ("asked", "0" * 32, False),
            ("case", None, how.assigned),
            ("case", "caseworker", how.assigned and "caseworker" in scene.actor.roles),
        ]
        for who, whose, falls in turns:
            row = {"place_id": case_id, "request_id": None, "who": who, "who_id": whose}
            shown.append(
                Shown(
                    row,
                    Resource("Duty", case_id, {**scene.standing(case_id), "mine": falls, "private": who == "asked"}),
                )
            )
        named = [(teams.NAMED, {"case_id": case_id, "kind": "team", "who_id": one}) for one in (mine, others)]
        shown[-1] = replace(shown[-1], around=tuple(named))
    member = ((teams.MEMBERS, {"team_id": mine, "actor_id": scene.actor.id}),)
    shown[0] = replace(shown[0], around=member)
    request = {"place_id": "1" * 32, "request_id": "1" * 32, "who": "role", "who_id": "intake_officer"}
    nothing = {"assigned": False, "recused": False, "glass_broken": False}
    officer = {**nothing, "private": False, "mine": "intake_officer" in scene.actor.roles}
    return [*shown, Shown(request, Resource("Duty", "1" * 32, officer))]


def _decided_by_two(scene: Scene) -> list[Shown]:
    return [
        Shown({"case_id": one, "approval_id": made}, _case(scene, one), ((approvals, {"id": made, "state": "open"}),))
        for one in scene.cases
        for made in [uuid4().hex]
    ]


def _houses(scene: Scene) -> list[Shown]:
    keepers = {HOUSE: None, uuid4().hex: scene.actor.id, uuid4().hex: "f" * 32}
    return [
        Shown({"id": one, "keeper_id": who}, Resource("House", one, {"keeper": who or ""}))
        for one, who in keepers.items()
    ]


def _programmes(scene: Scene) -> list[Shown]:
    return [
        Shown(
            {"id": one.id, "seal": one.seal},
            Resource("Programme", one.id, one.known),
            ((programmes.STAFF, {"programme_id": one.id, "actor_id": scene.actor.id}),) if one.listed else (),
        )
        for one in scene.programmes
    ]


def _submissions(scene: Scene) -> list[Shown]:
    return [
        Shown(
            {"id": made, "case_id": case_id, "programme_id": one.id, "state": state},
            Resource("Submission", made, {**scene.standing(case_id), **one.known}),
            ((submissions.PERSONS, {"submission_id": made, "person_id": person_of(case_id)}),),
        )
        for case_id in scene.cases
        for one in scene.programmes
        for made in [uuid4().hex]
        for state in ["accepted" if one.id in scene.accepted[case_id] else "submitted"]
    ]


def _disclosures(scene: Scene) -> list[Shown]:
    return [Shown({"programme_id": one.id}, Resource("Programme", one.id, one.known)) for one in scene.programmes]


def _far_end(kind: str, table: Table | None) -> Callable[[Scene], list[Shown]]:
    """What became of the person of each case; table: where its people stand, unless in the row itself."""

    def rows(scene: Scene) -> list[Shown]:
        shown = []
        for case_id in scene.cases:
            made, who = uuid4().hex, {"person_id": person_of(case_id)}
            seen = Resource(kind, made, {**scene.standing(case_id), "hidden": scene.hidden(case_id)})
            around = () if table is None else ((table, {"reception_id": made, **who}),)
            shown.append(Shown({"id": made, "case_id": case_id, **({} if around else who)}, seen, around))
        return shown

    return rows


LISTS: dict[str, tuple[List, ...]] = {
    "intake": (
        List(cases, cases.CASES, "see_case", _cases),
        List(requests, requests.REQUESTS, "see_request", _requests),
        List(threads, threads.THREADS, "see_thread", _threads),
        List(history, history.HANDOVERS, "see_request", _threads),
        List(claims, claims.CLAIMS, "see_claims", _claims),
        List(reports, reports.REPORTS, "see_reports", _reports),
        List(statements, statements.STATEMENTS, "see_statement", _per_case()),
        List(teams, teams.TEAMS, "see_teams", _teams),
        List(people, people.PEOPLE, "see_case", _per_case()),
        List(search, search.TERMS, "see_people", _per_case(about="person")),
        List(families, families.MOVES, "see_case", _decided_by_two),
        List(consent, consent.CONSENTS, "see_case", _per_case()),
        List(notes, notes.NOTES, "see_case", _per_case()),
        List(appointments, appointments.APPOINTMENTS, "see_case", _per_case()),
        List(interpreters, interpreters.INTERPRETERS, "see_interpreters", _interpreters),
        List(retention, retention.KEPT, "set_hold", _kept),
        List(duties, duties.DUTIES, "see_duty", _duties),
        List(imports, imports.IMPORTS, "see_import", _imports),
        List(erasure, erasure.PROPOSALS, "see_case", _decided_by_two),
    ),
    "logistics": (
        List(travellers, travellers.PEOPLE, "see_case", _per_case()),
        List(documents, documents.DOCUMENTS, "see_papers", _per_case()),
        List(houses, houses.HOUSES, "see_house", _houses),
        List(stays, stays.STAYS, "see_case", _per_case(house_id=HOUSE)),
        List(journeys, journeys.JOURNEYS, "see_case", _veiled(_per_case())),
        List(splits, splits.SPLITS, "see_case", _veiled(_decided_by_two)),
    ),
    "settlement": (
        List(programmes, programmes.PROGRAMMES, "see_programme", _programmes),
        List(submissions, submissions.SUBMISSIONS, "see_submission", _submissions),
        List(disclosures, disclosures.DISCLOSURES, "see_disclosure", _disclosures),
        List(newcomers, newcomers.NEWCOMERS, "see_case", _per_case()),
        List(pathways, pathways.PATHWAYS, "see_case", _per_case()),
        List(reception, reception.RECEPTIONS, "see_reception", _far_end("Reception", reception.PERSONS)),
        List(plans, plans.PLANS, "see_plan", _far_end("Plan", None)),
    ),
    "notify": (
        List(messages, messages.ALERTS, "see_alert", _alerts),
        List(deliveries, deliveries.DELIVERIES, "see_case", _per_case()),
        List(sharing, sharing.SHARED_CASES, "see_case", _per_case()),
    ),
}
"""Every list there is; a test finds them anew and compares."""


def filled(table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    """A whole row: what is given, and something that fits in every other column that must have a value."""
    needed = [column for column in table.columns if not column.nullable and column.name not in given]
    return {**{column.name: _fitting(column) for column in needed}, **given}


def _fitting(column: Column[Any]) -> Any:
    if isinstance(column.type, Integer):
        return 1 if column.name in ("version", "needed") else 0
    for kind, value in FITTING.items():
        if isinstance(column.type, kind):
            return value()
    assert isinstance(column.type, String)
    return uuid4().hex[: column.type.length or 32]


FITTING: dict[type, Callable[[], Any]] = {
    Encrypted: lambda: Ciphertext(b"box"),
    BlindIndex: lambda: Blind(uuid4().bytes * 2),
    Instant: lambda: NOON,
    Date: lambda: date(2017, 4, 3),
    Boolean: lambda: True,
}

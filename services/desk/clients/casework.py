"""Intake as those ask it who verify, triage, plan and hand over a case."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.desk.clients.api import Problem, Said
from services.desk.clients.intake import Case, Group, Interview, Item, Verification
from services.desk.clients.service import Done, Service


class Rule(Said):
    """One rule of triage, in words."""

    code: str
    words: str
    points: int
    floor: str | None


class Rules(Said):
    """The rules of triage."""

    rules_version: int
    rules: tuple[Rule, ...]


class Factor(Said):
    """Something known of somebody that counted."""

    person_id: str
    code: str
    since: date
    kept: bool

    @property
    def kind(self) -> str:
        return self.code.partition(".")[0]

    @property
    def value(self) -> str:
        return self.code.partition(".")[2]


class Counted(Rule):
    """A rule that counted, and why."""

    said: bool
    factors: tuple[Factor, ...]


class Assessment(Said):
    """Why the rules suggest a priority; elsewhere: points from what is not shown."""

    rules_version: int
    counted: tuple[Counted, ...]
    score: int
    elsewhere: int
    suggested: str
    lifted: bool


class Triage(Said):
    """A priority that somebody decided on."""

    priority: str
    reason: str
    overrode: bool
    assessment: Assessment | None
    expires_at: datetime | None
    expired: bool
    again_at: datetime | None
    decided_by: str
    decided_at: datetime


class Goal(Said):
    """A goal and how far it has come."""

    id: str
    text: str
    due_on: date | None
    responsible_id: str | None
    progress: str
    note: str


class Safety(Said):
    """What the people of the case agreed to do when it gets dangerous."""

    warning_signs: tuple[str, ...]
    safe_places: tuple[str, ...]
    contacts: tuple[str, ...]
    steps: tuple[str, ...]


class Plan(Said):
    """A version of a plan."""

    id: str
    number: int
    goals: tuple[Goal, ...]
    safety: Safety
    review_on: date | None
    written_by: str
    written_at: datetime


class PlanProposal(Said):
    """A draft that waits for a supervisor."""

    id: str
    proposed_by: str
    expires_at: datetime


class Planned(Said):
    """The plan that counts, the draft since then, and what waits."""

    in_force: Plan | None
    draft: Plan | None
    proposal: PlanProposal | None
    version: int


class Reason(Said):
    """Why somebody has more cases than they should, or keeps away."""

    actor_id: str
    reason: str
    said_at: datetime


class CaseTeam(Said):
    """Who works on a case, and why. assigns: whether who looks says who does."""

    assigned: tuple[str, ...]
    teams: tuple[str, ...]
    recused: tuple[str, ...]
    assigns: bool
    over_cap: tuple[Reason, ...]
    declared: tuple[Reason, ...]
    version: int


class StaffTeam(Said):
    """People who change together."""

    id: str
    name: str


class Transfer(Said):
    """A case that somebody offers to somebody else."""

    id: str
    case_id: str
    code_name: str
    giver_id: str
    taker_id: str
    note: str
    expires_at: datetime
    version: int


class Caps(Said):
    """How many open cases somebody of a role may have."""

    by_role: dict[str, int]
    version: int


class Caseload(Said):
    """How many open cases somebody has, and may have."""

    id: str
    role: str
    cap: int | None
    open_cases: int
    most: int | None
    version: int


class Casework(Service):
    """Verification, triage, plan, team and transfers."""

    async def case(self, case_id: str) -> Case:
        return await self.get(f"/cases/{case_id}", Case)

    async def people(self, case_id: str) -> Group:
        return await self.get(f"/cases/{case_id}/people", Group)

    async def verification(self, case_id: str) -> Verification:
        return await self.get(f"/cases/{case_id}/verification", Verification)

    async def items(self, case_id: str) -> tuple[Item, ...]:
        return await self.every(f"/cases/{case_id}/verification/items", Item)

    async def interviews(self, case_id: str) -> tuple[Interview, ...]:
        return await self.every(f"/cases/{case_id}/verification/interviews", Interview)

    async def rules(self) -> Rules:
        return await self.get("/triage-rules", Rules)

    async def triages(self, case_id: str) -> tuple[Triage, ...]:
        return await self.every(f"/cases/{case_id}/triages", Triage)

    async def assess(self, case_id: str, codes: Sequence[str], key: str) -> Assessment:
        return await self.post(f"/cases/{case_id}/triage/assessment", Assessment, key, {"codes": list(codes)})

    async def plan(self, case_id: str) -> Planned:
        return await self.get(f"/cases/{case_id}/plan", Planned)

    async def teams(self) -> tuple[StaffTeam, ...]:
        """Those that can be named; none to who may not name any."""
        try:
            return await self.every("/teams", StaffTeam)
        except Problem:
            return ()

    async def team(self, case_id: str) -> CaseTeam:
        return await self.get(f"/cases/{case_id}/team", CaseTeam)

    async def transfers(self) -> tuple[Transfer, ...]:
        return await self.every("/transfers", Transfer)

    async def caps(self) -> Caps:
        return await self.get("/caseload-caps", Caps)

    async def caseload(self, actor_id: str) -> Caseload:
        return await self.get(f"/staff/{actor_id}/caseload", Caseload)

    async def add_file(self, item_id: str, content: bytes, media_type: str, key: str) -> None:
        await self.send(f"/verification-items/{item_id}/files", Done, key, content, media_type)

    async def file(self, file_id: str) -> tuple[str, bytes]:
        """Its media type and content."""
        return await self.content(f"/verification-files/{file_id}")

    async def do(self, path: str, key: str, body: Mapping[str, Any] | None = None, version: int | None = None) -> None:
        """An act at a path below a case, or a transfer."""
        await self.post(path, Done, key, body, version)

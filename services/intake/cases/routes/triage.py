"""The HTTP door of triage."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases.actions import triage as actions
from services.intake.cases.model.triage import Assessment, Priority, Rules, Triage
from services.intake.cases.routes.lifecycle import CaseView, view
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class CodesBody(BaseModel):
    """What applies besides what is known of the people: codes that the rules name."""

    codes: tuple[str, ...] = Field(default=(), max_length=60)


class TriageBody(CodesBody):
    """What applies, and the priority that a person decides on; the reason is needed when the rules suggest another."""

    priority: Priority
    reason: str = Field(default="", max_length=2000)


class RuleView(BaseModel):
    """One rule in words; floor: at least this priority, whatever the sum."""

    code: str
    words: str
    points: int
    floor: Priority | None


class NamingView(RuleView):
    """A rule with the codes of the entries that make it count."""

    entries: tuple[str, ...]


class RulesView(BaseModel):
    """The rules of this release."""

    rules_version: int
    rules: tuple[NamingView, ...]


class FactorView(BaseModel):
    """An entry that counted, as it held then; code: its kind and value; kept: from the other members of the case."""

    entry_id: Id
    person_id: Id
    code: str
    since: date
    kept: bool


class CountedView(RuleView):
    """A rule that counted; said: whoever triaged said that it applies; factors: of whom it is known."""

    said: bool
    factors: tuple[FactorView, ...]


class AssessmentView(BaseModel):
    """Why the rules suggest a priority; lifted: a floor, and not the sum, made it this urgent.

    elsewhere: points of the sum from what is not shown: of who left the case, or who looks does not work with.
    """

    rules_version: int
    counted: tuple[CountedView, ...]
    score: int
    elsewhere: int
    suggested: Priority
    lifted: bool


class TriageView(BaseModel):
    """A priority that somebody decided on; overrode: otherwise than the rules suggested."""

    id: Id
    priority: Priority
    reason: str
    overrode: bool
    assessment: AssessmentView | None
    expires_at: Instant | None
    expired: bool
    again_at: Instant | None
    decided_by: Id
    decided_at: Instant


def assessment_view(assessment: Assessment) -> AssessmentView:
    counted = [
        {**vars(it.rule), "said": it.said, "factors": [vars(one) for one in it.factors]} for it in assessment.counted
    ]
    said = {"counted": counted, "rules_version": assessment.version, "elsewhere": assessment.elsewhere}
    return AssessmentView.model_validate({**vars(assessment), **said})


def triage_view(work: Work, triage: Triage) -> TriageView:
    assessment = None if triage.assessment is None else assessment_view(triage.assessment)
    said = {"assessment": assessment, "overrode": triage.overrode, "expired": triage.expired(work.now)}
    return TriageView.model_validate({**vars(triage), **said})


def rules_view(rules: Rules) -> RulesView:
    named: dict[str, list[str]] = {rule.code: [] for rule in rules.rules}
    for code, of in rules.factors.items():
        named[of].append(code)
    shown = [{**vars(rule), "entries": named[rule.code]} for rule in rules.rules]
    return RulesView(rules_version=rules.version, rules=tuple(NamingView.model_validate(it) for it in shown))


async def _rules(work: Work) -> RulesView:
    return rules_view(await actions.see_rules(work))


async def _assess(work: Work, case_id: str, body: CodesBody) -> AssessmentView:
    return assessment_view(await actions.assess(work, case_id, body.codes))


async def _triage(work: Work, case_id: str, version: int, body: TriageBody) -> CaseView:
    return view(await actions.triage(work, case_id, version, body.codes, body.priority, body.reason))


async def _triages(work: Work, case_id: str, after: str | None, limit: int) -> Page[TriageView]:
    triages = await actions.see_triages(work, case_id, after, limit)
    return Page.from_slice(triages, lambda triage: triage_view(work, triage))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.get("/triage-rules", response_model=RulesView)
    async def see_rules(call: Look) -> Response:
        return await door.look(call, _rules)

    @router.post("/cases/{case_id}/triage/assessment", response_model=AssessmentView)
    async def assess(case_id: Id, body: CodesBody, call: Post) -> Response:
        """What the rules would say; nothing is decided."""
        return await door.act(call, lambda work: _assess(work, case_id, body))

    @router.post("/cases/{case_id}/triage", response_model=CaseView)
    async def triage(case_id: Id, body: TriageBody, call: Change) -> Response:
        return await door.act(call, lambda work: _triage(work, case_id, call.version, body))

    @router.get("/cases/{case_id}/triages", response_model=Page[TriageView])
    async def see_triages(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _triages(work, case_id, after, limit))

    return router

"""What a person's own copy holds of their case: what was checked of them, how urgent it is, the plan, how it went on.

Rule: what somebody else may have said of them is left out whole, that it is there too. What is written about the group
is in the copy of who was always alone on the case; of a group each has the bare decisions.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.intake.cases.model.planning import Plan, Turn
from services.intake.cases.model.verification import Interview, Item
from services.intake.cases.store import planning, triage, turns, verdicts, verification
from services.intake.people.actions import Whose
from shared.work import Work

MOST = 1000
"""How many triages or turns of a case a copy holds at most."""

OPEN_TO_ALL = frozenset({"document", "photograph", "press_report", "country_information"})
"""Kinds of what was checked that nobody said in confidence."""


async def copy_of(work: Work, whose: Whose) -> dict[str, Any]:
    """For their own copy. The caller checked access."""
    found = await verification.of_person(work, whose.person_id)
    plan = await planning.in_force(work, whose.case_id) if whose.alone else None
    return {
        "checked": [_item(it) for it in found.items if it.finding.kind in OPEN_TO_ALL],
        "interviews": [_interview(it) for it in found.interviews],
        "verdicts": [it.terms.verdict for it in await verdicts.decided(work, whose.case_id)],
        "triages": await _triages(work, whose),
        "plan": None if plan is None else _plan(plan, await planning.last_turns(work, whose.case_id)),
        "turns": await _turns(work, whose),
    }


def _item(item: Item) -> dict[str, Any]:
    said = asdict(item.finding)
    return {name: said[name] for name in ("kind", "source", "supports", "result", "note")} | {"files": len(item.files)}


def _interview(interview: Interview) -> dict[str, Any]:
    return {name: getattr(interview.talk, name) for name in ("held_at", "by", "language", "summary")}


async def _triages(work: Work, whose: Whose) -> list[dict[str, Any]]:
    """Of what counted: what is known of them, and what was said of the case if they are all of it."""
    told = []
    of_case = (await triage.page(work, whose.case_id, None, MOST)).items
    for it in await triage.with_factors(work, of_case, [whose.person_id]):
        counted = () if it.assessment is None else it.assessment.counted
        theirs = [one.rule.words for one in counted if one.factors or whose.alone]
        urgency = {"priority": it.priority, "expires_at": it.expires_at, "reason": it.reason} if whose.alone else {}
        told.append({"decided_at": it.decided_at, "counted": theirs, **urgency})
    return told


def _plan(plan: Plan, said: Mapping[str, Turn]) -> dict[str, Any]:
    goals = [
        {
            "text": goal.text,
            "due_on": goal.due_on,
            "progress": said[goal.id].progress if goal.id in said else "open",
            "note": said[goal.id].note if goal.id in said else "",
        }
        for goal in plan.content.goals
    ]
    return {"goals": goals, "safety": asdict(plan.content.safety), "review_on": plan.content.review_on}


async def _turns(work: Work, whose: Whose) -> list[dict[str, Any]]:
    told = []
    for it in (await turns.page(work, whose.case_id, None, MOST)).items:
        assessment = None if it.assessment is None else asdict(it.assessment)
        why = {"reason": it.reason, "assessment": assessment} if whose.alone else {}
        told.append({"what": it.what, "at": it.at, "outcome": it.outcome, "review_at": it.review_at, **why})
    return told

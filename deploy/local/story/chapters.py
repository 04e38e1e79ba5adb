"""The chapters of the story, in order.

Rule: each chapter ends only when what it began has reached every service that it concerns, so that the next one finds
it; what is told is what the APIs answered.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from deploy.local.story import arrival, casework, refuge, whisper, witness
from deploy.local.story.client import Json, Stage
from deploy.local.story.partner import Partner
from deploy.local.story.telling import Telling


@dataclass(frozen=True)
class Ending:
    """What the public figures say at the end, and before the disclosure; None: suppressed."""

    helped_to_escape: int | None
    settled_in_canada: int | None
    before_disclosure: dict[str, int | None]
    details: dict[str, Any]

    def as_json(self) -> Json:
        return asdict(self)


Chapter = Callable[[Telling], Awaitable[None]]

CHAPTERS: tuple[tuple[str, Chapter], ...] = (
    ("Reports of persecution arrive", refuge.reports),
    ("A partner network is registered", refuge.partner_registered),
    ("35 people ask for help, one of them twice", refuge.people_ask),
    ("Somebody comes by the public front door", whisper.comes_by_the_front_door),
    ("Cases are opened", refuge.cases_opened),
    ("One officer verifies, another decides; triage and plans", refuge.verified_and_planned),
    ("Consent is given", refuge.consents_given),
    ("Safe contact is agreed, needs are written down", refuge.known_and_reachable),
    ("Notes, tasks and appointments are written down", casework.noted_and_arranged),
    ("A legal hold is put on and lifted", casework.held_and_lifted),
    ("Three safe houses hide them", refuge.sheltered),
    ("Witnesses are heard, one brings evidence, one takes a use back", witness.heard),
    ("A sealed programme takes 31 of the 33 submitted, two wait", arrival.submitted),
    ("One withdraws, one is refused, the two who waited move up", arrival.places_move),
    ("Four leave by other ways", arrival.other_ways),
    ("Papers are complete", arrival.papers),
    ("They travel; one check-in is missed", arrival.travel),
    ("Reception counts heads", arrival.received),
    ("Plans are worked on", arrival.plans_worked_on),
    ("A report is compiled, frozen by two people and set", witness.reported),
    ("Two people sign the disclosure", arrival.disclosed),
)


async def tell(stage: Stage, partner: Partner) -> Ending:
    """Tell the whole story to services and a partner that listens; told again, it changes nothing and ends the same."""
    telling = Telling(stage, partner)
    for done, (title, chapter) in enumerate(CHAPTERS):
        stage.told(done, title)
        await chapter(telling)
    stage.told(len(CHAPTERS), "Told")
    return await _ending(telling)


async def _ending(telling: Telling) -> Ending:
    figures = await arrival.public_figures(telling, lambda values: all(figure["disclosed"] for figure in values))
    values = {figure["figure"]: figure["value"] for figure in figures}
    return Ending(
        values["helped_to_escape"],
        values["settled_in_canada"],
        telling.before,
        {
            "figures": figures,
            "refused": telling.refusals,
            "alert_steps": telling.alert_steps,
            "evidence": telling.evidence,
            "report": telling.report,
            "cases_told_to_partner": len(telling.partner.news),
        },
    )

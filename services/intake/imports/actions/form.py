"""The form of a case for a government: made from what is known now, when everybody on it consents.

Rule: who makes it works with the people of the case; that it was made, of whom, is on the log.
Only the answer of the day is kept.
"""

from services.intake.cases.actions.moving import case_for
from services.intake.consent import actions as consent
from services.intake.imports.model import form as model
from services.intake.imports.model.form import PRINCIPAL, Asked, Form, Individual
from services.intake.people import actions as people
from services.intake.people.model import entries as entered
from services.intake.people.model.people import Facts, Person
from shared.work import Work


async def make_form(work: Work, case_id: str, asked: Asked) -> Form:
    """Errors: Refusal not_found, forbidden; conflict consent_missing, case_size_differs, no_principal; invalid."""
    case = await case_for(work, case_id, "make_resettlement_form")
    group = await people.of_group(work, case_id)
    ids = [person.id for person, _ in group]
    model.check_consents(ids, await consent.agreed(work, ids, "share_with_government", "destination_government"))
    individuals = [await _individual(work, number, *one) for number, one in enumerate(group, start=1)]
    form = model.form_of(case.code_name, work.now.date(), asked, individuals)
    work.audit("make_resettlement_form", case_id=case_id, subjects=ids)
    return form


async def _individual(work: Work, number: int, person: Person, facts: Facts) -> Individual:
    _, entries = await people.present_of(work, person.id)
    needs = entered.live(entered.shown_to_group(entries), "need")
    return Individual(
        number,
        PRINCIPAL if person.principal else facts.relationship,
        facts.name_on_papers,
        facts.name_in_use,
        facts.marker_on_papers,
        facts.born_on,
        facts.country_of_danger,
        facts.nationality,
        facts.marital_status,
        facts.languages,
        tuple(sorted({need.value for need in needs})),
    )

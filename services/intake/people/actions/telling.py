"""How the other services hear of a person on a case: who joined it, and what they must know of them."""

from collections.abc import Sequence

from services.intake.people.model.people import Facts, Person
from shared.contracts.fields import Sealed
from shared.contracts.intake import JoinedFacts, JoinedPerson, PeopleJoined
from shared.work import Work


def tell_joined(work: Work, case_id: str, from_case_id: str | None, joined: Sequence[tuple[Person, Facts]]) -> None:
    """These are on the case, with these facts. The version of each counts on with whatever is told anew."""
    members = [
        JoinedPerson(
            person_id=person.id,
            facts=Sealed.of(
                person.id,
                JoinedFacts(
                    principal=person.principal,
                    born_on=facts.born_on,
                    country_of_danger=facts.country_of_danger,
                    number=person.version,
                ),
            ),
        )
        for person, facts in joined
    ]
    work.emit(PeopleJoined(case_id=case_id, from_case_id=from_case_id, at=work.now, people=tuple(members)))

"""Consent: for one purpose, to named classes of recipients, in versions, until it is withdrawn or expires.

Rule: what is not consented to is refused; a withdrawn or expired consent is none. A consent is only ever narrowed:
whoever consents to more gives a new one, with a proof of its own. For a minor a guardian says it, until they are 18.
Taking back is never made harder than giving: how it was said is written down, and no word is asked for.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from shared.contracts.heeding import Heeded
from shared.contracts.intake import Recipient
from shared.errors import conflict, invalid

Purpose = Literal["share_for_protection", "share_with_government", "share_with_partner", "public_statistics"]
How = Literal["in_person", "by_phone", "by_message", "by_receipt", "in_writing"]
SaidBy = Literal["person", "guardian", "somebody_they_sent"]
Turn = Literal["given", "narrowed", "withdrawn", "expired", "replaced"]

RECIPIENTS: Mapping[Purpose, frozenset[Recipient]] = {
    "share_for_protection": frozenset(
        {"partner_network", "safe_house", "health_provider", "international_organisation"}
    ),
    "share_with_government": frozenset({"destination_government", "transit_government", "international_organisation"}),
    "share_with_partner": frozenset({"referring_partner", "sponsor", "service_provider"}),
    "public_statistics": frozenset({"public"}),
}
"""Who may be a recipient for which purpose."""

SERVICES = ("logistics", "settlement", "notify")
"""Who acts on a changed consent and answers."""

LATE = timedelta(minutes=10)
"""Whoever has not answered by then is overdue, and somebody on the case must see to it."""

NO_MINOR = 18


@dataclass(frozen=True)
class Proof:
    """How a person said it; for a minor the guardian did. note: on which call, in whose presence, on which paper."""

    how: How
    note: str
    code_word_heard: bool = False
    guardian_id: str | None = None
    witness: str = ""
    interpreter: str = ""


@dataclass(frozen=True)
class TakenBack:
    """How somebody said that a consent is over. note: as with a proof; hearing_id: of a word that they said then."""

    how: How
    said_by: SaidBy
    note: str
    hearing_id: str | None = None


@dataclass(frozen=True)
class Terms:
    """What is consented to. expires_on: the first day on which it no longer is. language: it was explained in."""

    purpose: Purpose
    recipients: tuple[Recipient, ...]
    expires_on: date | None
    language: str


@dataclass(frozen=True)
class Consent:
    """One purpose of one person, as it stands."""

    id: str
    person_id: str
    case_id: str
    terms: Terms
    live: bool
    version: int

    @property
    def purpose(self) -> Purpose:
        return self.terms.purpose

    def holds(self, today: date) -> bool:
        """Whether it counts on `today`; on the day it expires it no longer does."""
        return self.live and (self.terms.expires_on is None or today < self.terms.expires_on)


@dataclass(frozen=True)
class Version:
    """What a consent was from an instant on, how it became so, and by which proof; never overwritten."""

    number: int
    turn: Turn
    at: datetime
    by: str
    terms: Terms
    proof: Proof | None
    taken_back: TakenBack | None


@dataclass(frozen=True)
class Answer:
    """A service acted on a change: when, and how things stood for it then."""

    service: str
    at: datetime
    stands: Heeded


@dataclass(frozen=True)
class Change:
    """A version that the other services were told of, and who has answered."""

    id: str
    number: int
    at: datetime
    answers: tuple[Answer, ...]

    @property
    def waits_for(self) -> tuple[str, ...]:
        return tuple(sorted(set(SERVICES) - {answer.service for answer in self.answers}))

    def overdue(self, now: datetime) -> bool:
        return bool(self.waits_for) and self.at + LATE <= now


def check_terms(terms: Terms, today: date) -> None:
    """Errors: Refusal invalid when it would be expired when given, or a recipient is none for this purpose."""
    if terms.expires_on is not None and terms.expires_on <= today:
        raise invalid("expired", "This consent would be expired already.")
    if not terms.recipients or not set(terms.recipients) <= RECIPIENTS[terms.purpose]:
        raise invalid("recipients", f"Name one or more of: {', '.join(sorted(RECIPIENTS[terms.purpose]))}.")


def check_proof(proof: Proof, born_on: date, guardians: Collection[str], today: date) -> None:
    """guardians: the adults who are on the case with the person.

    Errors: Refusal invalid for a call without the code word, a minor without a guardian, or an adult with one.
    """
    if proof.how == "by_phone" and not proof.code_word_heard:
        raise invalid("code_word_needed", "On the phone the person says their code word first.")
    minor = today < comes_of_age(born_on)
    if minor and proof.guardian_id not in guardians:
        raise invalid("guardian_needed", "For a minor an adult of their case consents: name who did.")
    if not minor and proof.guardian_id is not None:
        raise invalid("no_minor", "An adult consents for themselves.")


def comes_of_age(born_on: date) -> date:
    """The day on which somebody turns 18; born on 29 February, on 1 March."""
    try:
        return born_on.replace(year=born_on.year + NO_MINOR)
    except ValueError:
        return date(born_on.year + NO_MINOR, 3, 1)


def until_of_age(terms: Terms, born_on: date, today: date) -> Terms:
    """What a guardian says for a minor ends on the day they turn 18: from then on they say it themselves."""
    of_age = comes_of_age(born_on)
    if today >= of_age:
        return terms
    return replace(terms, expires_on=min(terms.expires_on or of_age, of_age))


def narrowed(consent: Consent, recipients: Collection[Recipient], expires_on: date | None, today: date) -> Terms:
    """The terms with fewer recipients or an earlier end.

    Errors: Refusal conflict when there is nothing to narrow; invalid when it is not narrower, or would be nothing.
    """
    check_live(consent, today)
    terms = consent.terms
    end = expires_on or terms.expires_on
    earlier = end is not None and (terms.expires_on is None or end < terms.expires_on)
    fewer = set(recipients) < set(terms.recipients)
    later = end is not None and terms.expires_on is not None and end > terms.expires_on
    if later or not set(recipients) <= set(terms.recipients) or not (earlier or fewer):
        raise invalid("not_narrower", "Narrowing leaves fewer recipients or ends sooner; for more, consent anew.")
    return replace(terms, recipients=tuple(sorted(set(recipients))), expires_on=end)


def check_live(consent: Consent, today: date) -> None:
    """Errors: Refusal conflict when there is nothing to narrow or withdraw."""
    if not consent.holds(today):
        raise conflict("not_live", "This consent was withdrawn or has expired before.")

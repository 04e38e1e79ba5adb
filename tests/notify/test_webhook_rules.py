"""The rules of partners and deliveries, by themselves."""

from datetime import UTC, date, datetime, timedelta

from services.notify.partners.model import Agreement, Consent, closes_on, is_open
from services.notify.webhooks.model import PAUSES, next_attempt, payload

NOW = datetime(2017, 4, 3, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def test_a_case_is_open_while_everybody_consents() -> None:
    """Nobody's consent stands for another's, an expired one is none, and without people there is none."""
    live, withdrawn = Consent(True, date.max), Consent(False, date.max)
    assert is_open([live, Consent(True, date(2017, 4, 4))], TODAY)
    assert not is_open([live, withdrawn], TODAY)
    assert not is_open([live, Consent(True, TODAY)], TODAY)
    assert not is_open([], TODAY)


def test_the_first_consent_to_expire_closes_the_case() -> None:
    """Withdrawn ones and those without an end do not count."""
    consents = [Consent(True, date(2017, 6, 1)), Consent(True, date(2017, 5, 1)), Consent(False, date(2017, 4, 5))]
    assert closes_on(consents) == date(2017, 5, 1)
    assert closes_on([Consent(True, date.max)]) is None


def test_an_agreement_allows_its_kinds_until_its_last_day() -> None:
    """The day on which it expires is no longer covered."""
    agreement = Agreement(frozenset({"case.verified"}), date(2017, 4, 4))
    assert agreement.allows("case.verified", TODAY)
    assert not agreement.allows("case.closed", TODAY)
    assert not agreement.allows("case.verified", date(2017, 4, 4))


def test_pauses_grow_and_end_after_three_days() -> None:
    """5 s, 30 s, 2 min, 10 min, 1 h, then hours; what failed for three days is given up."""
    first, at, pauses = NOW, NOW, []
    while (again := next_attempt(len(pauses) + 1, first, at, PAUSES)) is not None:
        pauses.append((again - at).total_seconds())
        at = again
    assert pauses[:5] == [5, 30, 120, 600, 3600]
    assert pauses == sorted(pauses)
    assert timedelta(days=2) < at - first <= timedelta(days=3)


def test_a_payload_is_the_same_at_every_attempt() -> None:
    """Kind, pseudonym, number, instant; nothing of the moment of sending."""
    assert payload("case.verified", "a" * 32, 2, NOW) == (
        b'{"type":"case.verified","case":"' + b"a" * 32 + b'","sequence":2,"occurred_at":"2017-04-03T12:00:00Z"}'
    )

"""How an event looks on the wire, from an example written by hand that must be readable for ever."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from shared.contracts.envelope import decode, encode, read, subject_of, with_revision
from shared.contracts.fields import Sealed, SealedPart, SealRequest
from shared.contracts.intake import CaseMember, CaseOpened, MemberFacts
from shared.contracts.topology import LODESTAR

GOLDEN = (Path(__file__).parent / "case_opened.json").read_bytes()
CASE = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
PERSON = "ffeeddccbbaa99887766554433221100"
NOON = datetime(2017, 4, 3, 12, 0, tzinfo=UTC)


def test_the_golden_envelope_is_read_whatever_else_it_carries() -> None:
    """Fields that a later publisher may add, at every depth, disturb nobody."""
    envelope = decode(GOLDEN)
    assert (envelope.publisher, envelope.subject, envelope.revision, envelope.time) == ("intake", CASE, 1, NOON)
    assert envelope.causationid is None
    event = read(LODESTAR.types[envelope.type], envelope.data)
    assert isinstance(event, CaseOpened)
    assert (event.key, event.at, event.referral_id) == (CASE, NOON, None)
    (member,) = event.members
    assert member.facts.about == member.person_id == PERSON
    assert member.facts.parts == {
        "logistics": SealedPart(kid="17", box="c2VhbGVk"),
        "settlement": SealedPart(kid="4", box="c2VhbGVkIHRvbw=="),
    }


def test_what_is_written_has_the_golden_shape() -> None:
    """The same event written today has the golden fields and no other, and its value only inside the sealed parts."""
    boxes = {"logistics": ("17", "c2VhbGVk"), "settlement": ("4", "c2VhbGVkIHRvbw==")}
    seen: list[SealRequest] = []

    def seal(request: SealRequest) -> dict[str, SealedPart]:
        seen.append(request)
        return {name: SealedPart(kid=boxes[name][0], box=boxes[name][1]) for name in request.recipients}

    facts = MemberFacts(principal=True, born_on=NOON.date(), country_of_danger="XX")
    event = CaseOpened(case_id=CASE, at=NOON, members=(CaseMember(person_id=PERSON, facts=Sealed.of(PERSON, facts)),))
    written = encode(
        event,
        event_id="0e4f3f1c5a7b4c8d9e0f112233445566",
        at=NOON,
        correlation_id="00112233445566778899aabbccddeeff",
        causation_id=None,
        seal=seal,
    )
    golden = orjson.loads(GOLDEN)
    del golden["traceorigin"], golden["data"]["opened_in_season"]
    (member,) = golden["data"]["members"]
    del member["speaks"], member["facts"]["form"], member["facts"]["parts"]["logistics"]["suite"]
    golden["data"]["referral_id"] = None
    assert orjson.loads(with_revision(written, 1)) == golden
    assert seen == [SealRequest(PERSON, ("logistics", "settlement"), seen[0].plain)]
    assert orjson.loads(seen[0].plain) == {"principal": True, "born_on": "2017-04-03", "country_of_danger": "XX"}


def test_the_subject_names_type_and_key() -> None:
    """Publisher, event, version and key: what permissions and purges are made of."""
    assert subject_of(CaseOpened(case_id=CASE, at=NOON, members=())) == f"intake.case_opened.v1.{CASE}"


@pytest.mark.parametrize("missing", ["id", "source", "type", "subject", "time", "revision", "correlationid", "data"])
def test_an_envelope_without_what_it_needs_is_none(missing: str) -> None:
    """It is refused as a whole; the inbox parks it."""
    envelope = orjson.loads(GOLDEN)
    del envelope[missing]
    with pytest.raises(ValidationError):
        decode(orjson.dumps(envelope))


@pytest.mark.parametrize("unknown", ["intake.case_opened.v2", "intake.case_forgotten.v1", "desk.case_opened.v1"])
def test_an_unknown_type_or_version_is_nobodys(unknown: str) -> None:
    """A reader finds no model for it, rather than reading it as something else."""
    assert unknown not in LODESTAR.types


def test_types_are_unique_and_named_by_their_publisher() -> None:
    """A type says who promises it; no two events share one."""
    published = [event for events in LODESTAR.publishes.values() for event in events]
    assert len(LODESTAR.types) == len(published)
    for publisher, events in LODESTAR.publishes.items():
        assert all(event.type == f"{publisher}.{event.name}.v{event.version}" for event in events)


def test_only_published_events_are_handled() -> None:
    """A durable handles events of the publisher that it reads, and nothing is declared twice."""
    for durable in LODESTAR.durables:
        assert set(durable.handles) <= set(LODESTAR.publishes[durable.publisher])
        assert len(set(durable.handles)) == len(durable.handles)
    assert len({durable.name for durable in LODESTAR.durables}) == len(LODESTAR.durables)

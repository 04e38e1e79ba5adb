"""Who publishes and who consumes what: the one declaration from which streams, durables, permissions and docs follow.

Rule: services never create streams or consumers, and a credential can publish only its own subjects and pull only
its own durables. `lodestar bus apply` provisions what stands here with a credential of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shared.contracts import intake, logistics, notify, settlement
from shared.contracts.envelope import Event

CLOCK_NOW = "clock.now"
CLOCK_ADVANCE = "clock.advance"
CLOCK_MOVED = "clock.moved"

MAX_AGE_DAYS = 30
DUPLICATE_WINDOW_MINUTES = 20
ACK_WAIT_SECONDS = 5
"""After a crash of a consumer its unacknowledged events come back this soon; the inbox makes an early one harmless."""
BATCH = 500


@dataclass(frozen=True)
class Durable:
    """One service's place in one publisher's stream: all its events, of which it handles `handles`."""

    consumer: str
    publisher: str
    handles: tuple[type[Event], ...]

    @property
    def name(self) -> str:
        return f"{self.consumer}-reads-{self.publisher}"

    @property
    def stream(self) -> str:
        return stream_of(self.publisher)

    @property
    def inbox(self) -> str:
        """Prefix of the reply subjects that only this consumer may listen to."""
        return inbox_of(self.consumer)


@dataclass(frozen=True)
class Topology:
    """What runs on the bus. Tests build smaller ones; `LODESTAR` is the real one."""

    publishes: Mapping[str, tuple[type[Event], ...]]
    durables: tuple[Durable, ...]
    types: Mapping[str, type[Event]] = field(init=False)

    def __post_init__(self) -> None:
        types = {event.type: event for events in self.publishes.values() for event in events}
        object.__setattr__(self, "types", MappingProxyType(types))

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(self.publishes)

    def durables_of(self, consumer: str) -> tuple[Durable, ...]:
        return tuple(durable for durable in self.durables if durable.consumer == consumer)

    def may_publish(self, service: str) -> list[str]:
        """NATS publish permissions of a service: its own subjects, pulling and acking its own durables, the clock."""
        own = [f"{service}.>"] if self.publishes[service] else []
        for durable in self.durables_of(service):
            at = f"{durable.stream}.{durable.name}"
            own += [f"$JS.API.CONSUMER.INFO.{at}", f"$JS.API.CONSUMER.MSG.NEXT.{at}", f"$JS.ACK.{at}.>"]
        return [*own, CLOCK_NOW]

    def may_subscribe(self, service: str) -> list[str]:
        """NATS subscribe permissions of a service: its own reply subjects and the clock's moves."""
        return [f"{inbox_of(service)}.>", CLOCK_MOVED]


def stream_of(publisher: str) -> str:
    return publisher.upper()


def inbox_of(service: str) -> str:
    return f"_INBOX_{service}"


_FROM_INTAKE: tuple[type[Event], ...] = (
    intake.CaseOpened,
    intake.PeopleJoined,
    intake.CaseStateChanged,
    intake.AccessChanged,
    intake.ConsentChanged,
    intake.TokensRevoked,
    intake.AuditHeadReached,
    intake.PersonErased,
)
"""What every other service hears of a case."""

LODESTAR = Topology(
    publishes={
        "intake": intake.EVENTS,
        "logistics": logistics.EVENTS,
        "settlement": settlement.EVENTS,
        "notify": notify.EVENTS,
    },
    durables=(
        Durable(
            "intake",
            "logistics",
            (
                logistics.StayChanged,
                logistics.PersonCleared,
                logistics.JourneyDeparted,
                logistics.JourneyArrived,
                logistics.AuditHeadReached,
                logistics.ConsentAcknowledged,
                logistics.ErasureCompleted,
                logistics.EventsPurged,
            ),
        ),
        Durable(
            "intake",
            "settlement",
            (
                settlement.PathwayChanged,
                settlement.SightChanged,
                settlement.ReceptionConfirmed,
                settlement.ReceptionEnded,
                settlement.PlanOpened,
                settlement.AuditHeadReached,
                settlement.ConsentAcknowledged,
                settlement.ErasureCompleted,
                settlement.EventsPurged,
            ),
        ),
        Durable(
            "intake",
            "notify",
            (
                notify.ReferralReceived,
                notify.AuditHeadReached,
                notify.ConsentAcknowledged,
                notify.ErasureCompleted,
                notify.EventsPurged,
            ),
        ),
        Durable("logistics", "intake", _FROM_INTAKE),
        Durable(
            "logistics",
            "settlement",
            (
                settlement.SightChanged,
                settlement.EntryCleared,
                settlement.ReceptionConfirmed,
                settlement.AuditHeadReached,
            ),
        ),
        Durable("settlement", "intake", _FROM_INTAKE),
        Durable(
            "settlement", "logistics", (logistics.JourneyDeparted, logistics.JourneyArrived, logistics.AuditHeadReached)
        ),
        Durable(
            "notify",
            "intake",
            (
                intake.CaseOpened,
                intake.PeopleJoined,
                intake.CaseStateChanged,
                intake.AccessChanged,
                intake.ConsentChanged,
                intake.CodeWordSaid,
                intake.DutyCalled,
                intake.DutySettled,
                intake.GlassBroken,
                intake.TokensRevoked,
                intake.AuditHeadReached,
                intake.PersonErased,
            ),
        ),
        Durable(
            "notify",
            "logistics",
            (logistics.CheckInMissed, logistics.CheckInReceived, logistics.GlassBroken, logistics.AuditHeadReached),
        ),
        Durable(
            "notify",
            "settlement",
            (
                settlement.SightChanged,
                settlement.OutcomeRecorded,
                settlement.FiguresDisclosed,
                settlement.GlassBroken,
                settlement.AuditHeadReached,
            ),
        ),
    ),
)

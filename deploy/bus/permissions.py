"""Which credential may publish and subscribe to what, for the server's configuration.

Rule: what is not named here is denied, and no service's list holds a stream or consumer to create, change or purge.
"""

from shared.contracts.topology import CLOCK_ADVANCE, CLOCK_MOVED, CLOCK_NOW, Topology, inbox_of

OPERATOR = "operator"
CLOCK = "clock"

_MANAGEMENT = (
    "$JS.API.INFO",
    "$JS.API.STREAM.CREATE.*",
    "$JS.API.STREAM.UPDATE.*",
    "$JS.API.STREAM.DELETE.*",
    "$JS.API.STREAM.PURGE.*",
    "$JS.API.STREAM.INFO.*",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    "$JS.API.CONSUMER.CREATE.*.*",
    "$JS.API.CONSUMER.DELETE.*.*",
    "$JS.API.CONSUMER.INFO.*.*",
    "$JS.API.CONSUMER.LIST.*",
)

Permissions = dict[str, dict[str, list[str]]]


def permissions(topology: Topology) -> Permissions:
    """`publish` and `subscribe` lists of every service, of the operator and of the clock."""
    services = {
        service: {"publish": topology.may_publish(service), "subscribe": topology.may_subscribe(service)}
        for service in topology.services
    }
    return {**services, OPERATOR: _operator(), CLOCK: _clock(topology)}


def _operator() -> dict[str, list[str]]:
    return {
        "publish": [*_MANAGEMENT, CLOCK_NOW, CLOCK_ADVANCE],
        "subscribe": [f"{inbox_of(OPERATOR)}.>", CLOCK_MOVED],
    }


def _clock(topology: Topology) -> dict[str, list[str]]:
    """It answers into the inboxes of those who may ask; `allow_responses` would let them name any other subject."""
    inboxes = [f"{inbox_of(asker)}.>" for asker in (*topology.services, OPERATOR)]
    return {"publish": [CLOCK_MOVED, *inboxes], "subscribe": [CLOCK_NOW, CLOCK_ADVANCE]}

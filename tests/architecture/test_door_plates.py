"""What the door plate of a service says is what its code does, and what the topology declares is what is registered."""

import importlib
import re
from collections.abc import Mapping

import pytest

from deploy.snapshots.apis import composed
from shared.contracts.topology import BATCH, LODESTAR
from shared.messaging.consumer import ContinuousBatchPull
from shared.runtime import Runtime
from tests.architecture.tree import SERVICES


@pytest.fixture(scope="module")
def runtimes() -> Mapping[str, Runtime]:
    return composed()


def plate(service: str, entry: str) -> str:
    """One entry of a door plate, on one line."""
    text = " ".join((importlib.import_module(f"services.{service}").__doc__ or "").split())
    found = re.search(rf"{entry}: (.*?)\.(?: [A-Z][a-z ]+:|$)", text)
    assert found is not None, f"the door plate of {service} has no {entry}"
    return found.group(1)


@pytest.mark.parametrize("service", SERVICES)
def test_door_plates_name_what_is_published(service: str) -> None:
    """ "Publishes" is the service's contract."""
    assert plate(service, "Publishes").split(", ") == [event.name for event in LODESTAR.publishes[service]]


@pytest.mark.parametrize("service", SERVICES)
def test_door_plates_name_what_is_listened_to(service: str) -> None:
    """ "Listens to" is, publisher by publisher, what the service handles."""
    said = {}
    for part in plate(service, "Listens to").split("; "):
        publisher, names = part.removesuffix(")").split(" (")
        said[publisher] = names.split(", ")
    durables = LODESTAR.durables_of(service)
    assert said == {durable.publisher: [event.name for event in durable.handles] for durable in durables}


@pytest.mark.parametrize("service", [*SERVICES, "desk"])
@pytest.mark.parametrize("entry", ["Owns", "Personal data"])
def test_door_plates_name_what_is_owned_and_held(service: str, entry: str) -> None:
    """Nobody has to read tables to learn what a service owns and which personal data it holds."""
    assert plate(service, entry)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_handled_is_what_the_topology_declares(service: str, runtimes: Mapping[str, Runtime]) -> None:
    """No declared event without a handler, no handler of an event that nobody declared."""
    declared = {event for durable in LODESTAR.durables_of(service) for event in durable.handles}
    assert set(runtimes[service].blueprint.handlers) == declared


@pytest.mark.parametrize("service", SERVICES)
def test_registered_subscribers_are_the_declared_durables(service: str, runtimes: Mapping[str, Runtime]) -> None:
    """One continuous batch pull per durable, which declares neither stream nor consumer."""
    registered = set()
    for subscriber in runtimes[service].broker.subscribers:
        assert isinstance(subscriber, ContinuousBatchPull)
        assert subscriber.stream is not None
        assert subscriber.stream.declare is False
        assert subscriber.pull_sub.batch_size == BATCH
        registered.add((subscriber.config.durable_name, subscriber.stream.name, subscriber.subject.template))
    declared = {(d.name, d.stream, f"{d.publisher}.>") for d in LODESTAR.durables_of(service)}
    assert registered == declared

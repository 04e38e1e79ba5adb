"""The HTTP and message APIs of the four services, read off services that are composed but never started.

Rule: composed by their own `compose`, with keys made for this and thrown away, so that what is drawn is what is served.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from faststream.specification import AsyncAPI

from deploy.local.house import Plan, ensure_keys
from deploy.local.state import StateFolder
from services.intake.service import compose as compose_intake
from services.intake.settings import IntakeSettings
from services.logistics.service import compose as compose_logistics
from services.logistics.settings import LogisticsSettings
from services.notify.service import compose as compose_notify
from services.notify.settings import NotifySettings
from services.settlement.service import compose as compose_settlement
from services.settlement.settings import SettlementSettings
from shared.runtime import Blueprint, Runtime
from shared.settings import ServiceSettings

BUS = "tls://bus:4222"

COMPOSERS: Mapping[str, tuple[type[ServiceSettings], Callable[[Any], Blueprint]]] = {
    "intake": (IntakeSettings, compose_intake),
    "logistics": (LogisticsSettings, compose_logistics),
    "settlement": (SettlementSettings, compose_settlement),
    "notify": (NotifySettings, compose_notify),
}


def composed() -> dict[str, Runtime]:
    """Every service with all its parts, not started."""
    with TemporaryDirectory() as folder:
        plan = Plan(StateFolder(Path(folder)).create())
        ensure_keys(plan)
        return {service: _compose(plan, service) for service in COMPOSERS}


def _compose(plan: Plan, service: str) -> Runtime:
    settings_type, compose = COMPOSERS[service]
    told = {name.removeprefix("LODESTAR_").lower(): value for name, value in plan.environment(service).items()}
    settings = settings_type.model_validate({**told, "nats_url": BUS})
    return Runtime(compose(settings), settings)


def asyncapi(runtime: Runtime) -> dict[str, Any]:
    """What a service sends and receives, as FastStream describes its broker."""
    name, topology = runtime.blueprint.name, runtime.blueprint.topology
    for event in topology.publishes[name]:
        runtime.broker.publisher(
            f"{event.type}.{{{event.key_field}}}", title=event.type, description=event.__doc__, schema=event
        )
    said = "Every payload sent is the `data` of a CloudEvents 1.0 envelope in structured JSON; see docs/events.md."
    drawn: dict[str, Any] = (
        AsyncAPI(runtime.broker, title=f"Lodestar {name}", version="1", description=said)
        .to_specification()
        .to_jsonable()
    )
    for durable in topology.durables_of(name):
        drawn["channels"][durable.name]["x-handles"] = [event.type for event in durable.handles]
    return drawn

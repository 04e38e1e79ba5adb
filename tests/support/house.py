"""A real house for a test: a folder and ports of its own, on the clock of the story."""

from pathlib import Path

from deploy.local.house import Plan
from deploy.local.state import StateFolder
from deploy.local.story import BEGIN
from tests.support.ports import free_block


def plan_in(folder: Path, *, desk: bool = False, front_door: bool = False) -> Plan:
    """Where the house in `folder` lives; nothing is started. desk: with the desk and its issuer; front_door: with
    the public one."""
    return Plan(StateFolder(folder), free_block(), BEGIN, desk=desk, front_door=front_door)

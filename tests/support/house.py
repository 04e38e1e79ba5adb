"""A real house for a test: a folder and ports of its own, on the clock of the story."""

from pathlib import Path

from deploy.local.house import Plan
from deploy.local.state import StateFolder
from deploy.local.story import BEGIN
from tests.support.ports import free_block


def plan_in(folder: Path) -> Plan:
    """Where the house in `folder` lives; nothing is started."""
    return Plan(StateFolder(folder), free_block(), BEGIN)

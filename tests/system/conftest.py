"""A house for each test, and one undisturbed telling to which all others are held.

Rule: workers that run at the same time share the one telling; each house has a folder and ports of its own.
"""

import asyncio
import fcntl
from pathlib import Path

import pytest

from deploy.local.house import Plan
from tests.support.house import plan_in
from tests.system.telling import Told, told


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return plan_in(tmp_path / "house")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Told:
    """The story as it ends when nothing disturbs it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "undisturbed"
    folder.mkdir(exist_ok=True)
    kept = folder / "told.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            asyncio.run(told(plan_in(folder / "house"))).keep(kept)
    return Told.kept(kept)

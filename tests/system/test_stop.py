"""SIGTERM to the process that runs the house: everything stops in order, nothing is left, and it can begin again.

Rule: a clean end is told from a kill by what it leaves: SQLite's write-ahead logs are folded in and gone.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
import pytest

from deploy.local.house import SERVICES, Plan
from deploy.local.keys import DevelopmentIssuer
from deploy.local.leftovers import running
from deploy.local.story.cast import STAFF, staff_id

LODESTAR = [sys.executable, "-c", "from deploy.cli import main; main()"]
STOP_WITHIN_S = 60.0
START_WITHIN_S = 300.0
EVERYBODY = {"nats", *SERVICES, "issuer", "desk", "front_door"}


@contextmanager
def up(plan: Plan) -> Iterator[subprocess.Popen[bytes]]:
    """`lodestar up`, once every service is ready."""
    where = ["--dir", str(plan.state.path), "--port-base", str(plan.port_base)]
    with subprocess.Popen([*LODESTAR, "up", *where], stdout=subprocess.DEVNULL) as house:
        try:
            for service in SERVICES:
                await_ready(house, f"{plan.url(service)}/health/ready")
            yield house
        finally:
            house.kill()


def await_ready(house: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until:
        assert house.poll() is None, "the house ended before it was ready"
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} is not ready after {START_WITHIN_S:g} s")


def stop(plan: Plan, house: subprocess.Popen[bytes]) -> float:
    """Ask for the end; how many seconds it took. Errors: AssertionError when something still runs."""
    everybody = running(plan.state.run)
    assert set(everybody) == EVERYBODY
    children = psutil.Process(house.pid).children(recursive=True)
    assert {child.pid for child in children} >= set(everybody.values())
    began = time.monotonic()
    house.send_signal(signal.SIGTERM)
    house.wait(10 * STOP_WITHIN_S)
    seconds = time.monotonic() - began
    assert [child for child in children if child.is_running()] == []
    return seconds


def call(plan: Plan, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Intake's answer to the analyst."""
    token = DevelopmentIssuer.open(plan.state.keys).sign(staff_id("analyst"), "staff", STAFF["analyst"], "intake", 600)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "before-the-stop"}
    answer = httpx.request(method, plan.url("intake") + path, json=body, headers=headers, trust_env=False)
    return answer.raise_for_status().json()


CLAIM = {
    "topic": "detained",
    "qualifier": "more_than",
    "value": 100,
    "definition": "men detained",
    "as_of": "2017-04-01",
    "source": "a newspaper's first report",
}


@pytest.mark.timeout(1800)
def test_a_house_that_is_asked_to_end_ends_cleanly_and_can_begin_again(plan: Plan) -> None:
    """Within 20 s every process is gone, and the next start in the same folder knows what the first one was told."""
    with up(plan) as house:
        claim = call(plan, "POST", "/claims", CLAIM)
        assert stop(plan, house) < STOP_WITHIN_S
    assert house.returncode == 0
    assert running(plan.state.run) == {}
    assert [path.name for path in plan.state.databases.glob("*-wal")] == []
    assert "Server Exiting" in plan.state.log_of("nats").read_text()
    with up(plan) as house:
        assert [known["id"] for known in call(plan, "GET", "/claims?topic=detained")["items"]] == [claim["id"]]
        assert stop(plan, house) < STOP_WITHIN_S

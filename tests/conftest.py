"""What a machine lacks is told, never passed over.

Rule: a test that needs more than PyPI says so with `@pytest.mark.needs("engine")`. Without that part it is skipped and
named at the end with the one command that adds it; with `REQUIRE=all` in the environment a missing part is a failure.
"""

import functools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

ADDS_EVERYTHING = ".ci/run"
CHROMIUM = Path("/usr/bin/chromium")


def _engine() -> bool:
    """A container engine answers."""
    import docker

    try:
        docker.from_env(timeout=5).ping()
    except docker.errors.DockerException:
        return False
    return True


def _browser() -> bool:
    """Chromium is installed."""
    return CHROMIUM.exists()


PARTS: dict[str, tuple[str, Callable[[], bool]]] = {
    "engine": ("a container engine with the images nats:2.15 and postgres:15", functools.cache(_engine)),
    "browser": ("Chromium at /usr/bin/chromium", _browser),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(part): runs only where this part is there; REQUIRE=all makes it a must")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        name, there = PARTS[marker.args[0]]
        if there():
            continue
        if os.environ.get("REQUIRE") == "all":
            pytest.fail(f"REQUIRE=all, but there is no {name}", pytrace=False)
        pytest.skip(f"needs {name}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "needs " in str(report.longrepr)]
    if skipped:
        terminalreporter.section("not run here")
        for name in sorted({report.nodeid for report in skipped}):
            terminalreporter.line(name)
        terminalreporter.line(f"Install what they need and run everything: {ADDS_EVERYTHING}")

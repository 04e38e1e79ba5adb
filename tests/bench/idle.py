"""`python -m tests.bench.idle [--seconds N]`: what every program of a house costs that has nothing to do.

Told are the share of a core over N seconds and the memory that is resident, shared pages included, of the real
processes of a house that has started and been asked nothing.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

import psutil

from deploy.local.house import running
from tests.support.house import plan_in

SETTLING_S = 5.0
GOALS = {"core": 0.01, "megabytes": 100}


def programs() -> dict[str, psutil.Process]:
    """The services that run under this process, by their module."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        words = process.cmdline()
        if "-m" in words and words[-1] == "serve":
            found[words[words.index("-m") + 1]] = process
    return found


def worked(process: psutil.Process) -> float:
    """Seconds of the processor so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def measure(seconds: float) -> dict[str, tuple[float, float]]:
    """By program, the share of a core and the megabytes."""
    with tempfile.TemporaryDirectory() as home:
        async with running(plan_in(Path(home) / "house", desk=True, front_door=True)):
            await asyncio.sleep(SETTLING_S)
            before = {name: worked(process) for name, process in programs().items()}
            await asyncio.sleep(seconds)
            return {
                name: ((worked(process) - before[name]) / seconds, process.memory_info().rss / 1e6)
                for name, process in programs().items()
            }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    given = parser.parse_args()
    for name, (core, megabytes) in asyncio.run(measure(given.seconds)).items():
        said = "reached" if core < GOALS["core"] and megabytes < GOALS["megabytes"] else "missed"
        print(f"{name:28} {core:.1%} of a core (goal 1 %), {megabytes:.0f} MB (goal 100): {said}")


if __name__ == "__main__":
    main()

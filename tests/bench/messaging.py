"""How many events per second go from commit to commit, durably, beside plain FastStream in the same run; how long one
takes at an easy pace.

`python -m tests.bench.messaging [--count N] [--rounds R]` prints them with the ratios to reach.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.messaging.conftest import make_sites
from tests.support.bus import running_bus
from tests.support.ledger import TOPOLOGY, Site

GOALS = {"plain, sync always": 4.0, "plain, sync default": 1.3}


def start(role: str, site: Site, count: int) -> subprocess.Popen[str]:
    described = json.dumps({**asdict(site), "folder": str(site.folder)})
    command = [sys.executable, "-m", "tests.bench.pair", role, described, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def events_per_second(sites: tuple[Site, Site], count: int, *, plain: bool) -> float:
    """One round: two processes, from the first write to the last applied commit."""
    prefix = "plain-" if plain else ""
    reader = start(f"{prefix}apply", sites[1], count)
    writer = start(f"{prefix}write", sites[0], count)
    wrote, applied = (json.loads(process.communicate(timeout=300)[0]) for process in (writer, reader))
    return float(count / (applied["finished"] - wrote["started"]))


def measure(kind: str, sync: str, count: int, *, plain: bool) -> float:
    with tempfile.TemporaryDirectory() as folder, running_bus(Path(folder) / "bus", TOPOLOGY, sync=sync) as bus:
        sites = asyncio.run(make_sites(bus, Path(folder), kind))
        return events_per_second(sites, count, plain=plain)


def latency(kind: str, count: int) -> tuple[float, float]:
    """p50 and p99 in milliseconds from the commit here to the commit there, at 100 events per second."""
    with tempfile.TemporaryDirectory() as folder, running_bus(Path(folder) / "bus", TOPOLOGY) as bus:
        sites = asyncio.run(make_sites(bus, Path(folder), kind))
        reader, writer = start("paced-apply", sites[1], count), start("paced-write", sites[0], count)
        wrote, applied = (json.loads(process.communicate(timeout=300)[0]) for process in (writer, reader))
    taken = sorted((applied[entry] - wrote[entry]) * 1000 for entry in wrote)
    return statistics.median(taken), taken[int(len(taken) * 0.99)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    _rates(chosen.count, chosen.rounds)
    for kind in ("sqlite", "postgresql"):
        p50, p99 = latency(kind, 1000)
        print(f"commit to commit on {kind} at 100 events/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms (guidance 8 and 30)")


def _rates(count: int, rounds: int) -> None:
    ways = {
        "plain, sync always": ("sqlite", "always", True),
        "plain, sync default": ("sqlite", "default", True),
        "Lodestar on SQLite": ("sqlite", "always", False),
        "Lodestar on PostgreSQL": ("postgresql", "always", False),
    }
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (kind, sync, plain) in ways.items():
            measured[name].append(measure(kind, sync, count, plain=plain))
    rates = {name: statistics.median(rounds) for name, rounds in measured.items()}
    for name, median in rates.items():
        print(f"{name:24} {median:>8,.0f} events/s   ({', '.join(f'{rate:,.0f}' for rate in measured[name])})")
    for base, goal in GOALS.items():
        for ours in ("Lodestar on SQLite", "Lodestar on PostgreSQL"):
            ratio = rates[ours] / rates[base]
            print(f"{ours} / {base}: {ratio:.2f} (goal {goal}, {'reached' if ratio >= goal else 'missed'})")


if __name__ == "__main__":
    main()

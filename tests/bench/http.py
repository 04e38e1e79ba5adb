"""`python -m tests.bench.http [--count N] [--rounds R]`: how many cases one process of intake opens in a second, and
how many it shows, beside a bare FastAPI application on the same database in the same run.

A write is `POST /requests/{id}/case`: state, keys, encrypted fields, audit and outbox in one transaction. A read is
`GET /cases/{id}`, which puts the look on the audit log. Servers are processes of their own; the relay and the linker,
which work behind an answer, are not among them. Requests come over as many connections as are told.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import uvloop

GOALS = {"write": 0.6, "read": 0.7}
CONNECTIONS = 32


@contextmanager
def serving(role: str, kind: str, count: int) -> Iterator[dict[str, Any]]:
    """A server of `tests.bench.doors`, and what it told of itself."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.doors", role, kind, folder, str(count)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(30)


def written(told: dict[str, Any], method: str, path: str) -> bytes:
    """A request as it goes over the wire."""
    body = b""
    if method == "POST":
        named = {"code_name": f"Heron {uuid4().hex[:12]}"} if "people" in told["body"] else {}
        body = json.dumps({**told["body"], **named}).encode()
    headers = {
        **told["headers"],
        "Host": "bench",
        "Idempotency-Key": uuid4().hex,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*head, "", ""]).encode() + body


async def ask(port: int, requests: Sequence[bytes]) -> None:
    """All of them over one connection, each after the answer to the one before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.split(b" ", 2)[1] in (b"200", b"201"), head
        (length,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()


async def rate(port: int, requests: Sequence[bytes]) -> float:
    """Requests per second."""
    begun = time.perf_counter()
    await asyncio.gather(*(ask(port, requests[first::CONNECTIONS]) for first in range(CONNECTIONS)))
    return len(requests) / (time.perf_counter() - begun)


def measure(role: str, kind: str, count: int) -> dict[str, float]:
    """Writes and reads per second of a server that has had as many writes before."""
    with serving(role, kind, count) as told:
        warm, writes = told["writes"][:count], told["writes"][count:]
        reads = [told["reads"][number % len(told["reads"])] for number in range(2 * count)]
        uvloop.run(rate(told["port"], [written(told, "POST", path) for path in warm]))
        return {
            "write": uvloop.run(rate(told["port"], [written(told, "POST", path) for path in writes])),
            "read": uvloop.run(rate(told["port"], [written(told, "GET", path) for path in reads])),
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for kind in ("sqlite", "postgresql"):
        rounds = [{role: measure(role, kind, given.count) for role in ("bare", "intake")} for _ in range(given.rounds)]
        for what, goal in GOALS.items():
            rates = {role: statistics.median(one[role][what] for one in rounds) for role in ("bare", "intake")}
            ratio = statistics.median(one["intake"][what] / one["bare"][what] for one in rounds)
            said = "reached" if ratio >= goal else "missed"
            print(f"{kind} {what}: {rates['intake']:,.0f}/s, bare {rates['bare']:,.0f}/s: {ratio:.2f} ({goal}, {said})")


if __name__ == "__main__":
    main()

"""Key files that two processes change at the same moment: what each did is there."""

import json
import subprocess
import sys
from pathlib import Path

from shared.vault.masters import MasterFile

ROUNDS = 40

TURN = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from shared.vault.masters import MasterFile
from shared.vault.rotation import add_key, use_newest
file, part, rounds = MasterFile(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
input()
for _ in range(rounds):
    add_key(file, part)
    use_newest(file, part, datetime.now(UTC))
"""

PUBLISH = """
import json, sys, time
from pathlib import Path
from shared.vault.masters import MasterFile
from shared.vault.recipients import public_entry, publish
path, service, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
files = [MasterFile(path.with_name(f"{service}.{number}")) for number in range(2)]
entries = [public_entry(file.create()) for file in files]
input()
for number in range(rounds):
    publish(path, service, files[number % 2])
    time.sleep(0.01)  # for who read before and writes after
    assert json.loads(path.read_bytes())[service] == entries[number % 2], "another process undid it"
"""


def _at_once(script: str, path: Path, *names: str) -> list[int]:
    """Run the script for each name in a process of its own, begun together; their exit codes."""
    running = [
        subprocess.Popen([sys.executable, "-c", script, path, name, str(ROUNDS)], stdin=subprocess.PIPE)
        for name in names
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
    return [process.wait(120) for process in running]


def test_two_who_turn_keys_over_at_once_lose_none(tmp_path: Path) -> None:
    """Every key that either of them added is in the file, and every change was counted."""
    file = MasterFile(tmp_path / "master.json")
    file.create()
    assert _at_once(TURN, file.path, "wrapping", "own") == [0, 0]
    ring = file.read()
    assert (len(ring["wrapping"]["key"]), len(ring["own"]["key"])) == (1 + ROUNDS, 1 + ROUNDS)
    assert ring["generation"] == 1 + 4 * ROUNDS


def test_two_services_who_publish_at_once_are_both_there(tmp_path: Path) -> None:
    """Neither takes the other's present keys out of the file of public keys."""
    path = tmp_path / "public.json"
    path.write_text("{}")
    assert _at_once(PUBLISH, path, "intake", "notify") == [0, 0]
    assert set(json.loads(path.read_bytes())) == {"intake", "notify"}

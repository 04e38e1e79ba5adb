"""What the pool is given to compute in its tests."""

import os
import socket
import subprocess
import time
from pathlib import Path

from shared.errors import invalid


def reversed_text(given: bytes) -> bytes:
    print("a library talks")
    return given[::-1]


def sleep(_given: bytes) -> bytes:
    time.sleep(60)
    return b""


def spin(_given: bytes) -> bytes:
    while True:
        pass


def swallow(_given: bytes) -> bytes:
    return bytes(4 * 1024 * 1024 * 1024)


def swallow_in_pieces(_given: bytes) -> bytes:
    held = []
    while True:
        held.append(bytearray(1024 * 1024))


def stumble(_given: bytes) -> bytes:
    raise ValueError("Amina lives at 4 Hidden Lane")


def refuse(_given: bytes) -> bytes:
    raise invalid("picture_broken", "This is no picture.")


def die(_given: bytes) -> bytes:
    os.abort()


def shout(_given: bytes) -> bytes:
    return bytes(5 * 1024 * 1024)


def try_doors(given: bytes) -> bytes:
    """Which of these went well: a socket, another program, a file written, a signal, a setting that was seen."""
    done = []
    for name, way in (
        ("socket", lambda: socket.socket().close()),
        ("program", lambda: subprocess.run(["/bin/true"], check=True)),
        ("file", lambda: Path(given.decode()).write_bytes(b"x")),
        ("signal", lambda: os.kill(os.getppid(), 0)),
        ("setting", lambda: os.environ["LODESTAR_MASTER_FILE"]),
    ):
        try:
            way()
            done.append(name)
        except (OSError, KeyError, subprocess.SubprocessError):
            pass
    return ",".join(done).encode()


def wait_and_mark(given: bytes) -> bytes:
    """Runs on as long as nobody ends it; its process can be found by what it was given."""
    time.sleep(60)
    return given

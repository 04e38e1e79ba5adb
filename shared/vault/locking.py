"""One at a time, over all processes of a machine: whoever changes a key file has it alone from reading to writing.

Rule: the lock is a file beside the one that changes, for that one is replaced whole; who ends, however, lets go of it.
Nobody takes the lock of a file that they have already.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until nobody else changes the file at `path`, and keep others from it. Errors: OSError."""
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

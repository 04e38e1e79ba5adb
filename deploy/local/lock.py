"""One running Lodestar per state folder.

Rule: the lock belongs to the open file, so that the kernel gives it back however the holder ends.
"""

import fcntl
import os
from pathlib import Path

from deploy.local.errors import LocalError


class FolderLock:
    """Held from `take` to `release`; the file names the holder's pid."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> None:
        """Raises LocalError, naming the holder, when another process has it."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            holder = os.read(handle, 32).decode().strip() or "unknown"
            os.close(handle)
            message = f"the folder {self._path.parent} is in use by process {holder}"
            raise LocalError(message, "stop that one first, or name another folder with --dir") from held
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._handle = handle

    def release(self) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None

"""The state folder: where everything that a local installation keeps lies on the disk.

Rule: its rooms are closed to other users of the machine (0700), and a file in them is replaced whole (0600) or not
at all, so that a crash leaves the old one or the new one.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalError


@dataclass(frozen=True)
class StateFolder:
    """The paths inside one state folder; nothing is touched before `create`."""

    path: Path

    @property
    def databases(self) -> Path:
        return self.path / "databases"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def nats(self) -> Path:
        return self.path / "nats"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def tokens(self) -> Path:
        return self.path / "tokens"

    @property
    def run(self) -> Path:
        """Which processes were started, so that leftovers of a crash are found."""
        return self.path / "run"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def clock(self) -> Path:
        return self.path / "clock.json"

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def database_of(self, service: str) -> Path:
        return self.databases / f"{service}.sqlite"

    def create(self) -> "StateFolder":
        """Make the rooms that are missing; raises LocalError when this user cannot write here."""
        rooms = (self.databases, self.keys, self.nats, self.logs, self.tokens, self.run)
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for room in rooms:
                room.mkdir(mode=0o700, exist_ok=True)
                room.chmod(0o700)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as failed:
            hint = "name a folder that you may write to with --dir"
            raise LocalError(f"the folder {self.path} is not writable ({failed.strerror})", hint) from failed
        return self


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` by `data`, readable for its owner only, on the disk when this returns."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""The keys of one service: for wrapping the keys of its persons, for itself, for blind indexes, for opening what is
sealed to it.

Rule: they live in one file that only its owner can read, and a file that others could read is not used at all. The
file is replaced whole or not at all, and a new one never takes the place of an old one, for with a master file goes
everything that it wraps.

Shape: `{"wrapping": keyset, "own": keyset, "blind": keyset, "sealing": [{"kid", "keyset", "retired"?}, …]}`, keysets
in Tink's JSON form, the newest sealing key last; beside them `"generation"`, which grows with every change, and
`"since"`, from when each key in use is used.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from shared.errors import Refusal, conflict, forbidden, invalid
from shared.vault.envelopes import Envelope, Open
from shared.vault.primitives import (
    Broken,
    Kind,
    Opening,
    as_aead,
    as_opening,
    as_prfs,
    dump_public,
    dump_secret,
    fingerprint,
    mark,
    new_key,
    read_secret,
)

Ring = dict[str, Any]

PARTS = ("wrapping", "own", "blind")
"""The kinds of key of which one is in use and older ones stay readable."""


class MasterKeys:
    """The master keys of one service, in memory.

    generation: which state of the file they are. retired_own: how ciphertext begins that older keys for the service
    itself made.
    """

    __slots__ = ("_openings", "_publics", "blinds", "generation", "own", "retired_own", "wrapping")

    def __init__(self, ring: Ring) -> None:
        """Errors: Refusal invalid `master_file_broken`."""
        # The error beneath may quote key material, so it is not chained.
        with suppress(KeyError, TypeError, ValueError, Broken):
            self._read(ring)
            return
        raise _broken()

    def _read(self, ring: Ring) -> None:
        self.wrapping = as_aead(read_secret(ring["wrapping"]))
        self.own = as_aead(read_secret(ring["own"]))
        self.retired_own = older_marks(ring["own"])
        self.generation = int(ring.get("generation", 1))
        self.blinds = as_prfs(read_secret(ring["blind"]))
        handles = {key["kid"]: read_secret(key["keyset"]) for key in ring["sealing"]}
        self._openings = {kid: as_opening(handle) for kid, handle in handles.items()}
        self._publics = {kid: dump_public(handle) for kid, handle in handles.items()}

    def __repr__(self) -> str:
        return "MasterKeys(…)"

    @classmethod
    def create(cls, path: Path) -> "MasterKeys":
        """Make new keys and a file for them without an envelope. Errors: as `MasterFile.create`."""
        return MasterFile(path).create()

    @classmethod
    def load(cls, path: Path) -> "MasterKeys":
        """The keys in a file without an envelope. Errors: as `MasterFile.load`."""
        return MasterFile(path).load()

    def opening(self, kid: str) -> Opening | None:
        """The private key that opens what was sealed to `kid`, while it exists."""
        return self._openings.get(kid)

    def publics(self) -> dict[str, dict[str, Any]]:
        """The public keysets of the sealing ring by kid, the newest last."""
        return dict(self._publics)


@dataclass(frozen=True)
class MasterFile:
    """Where the master keys of a service lie, and how the file is closed up."""

    path: Path
    envelope: Envelope = field(default_factory=Open)

    def create(self) -> MasterKeys:
        """Make new keys and their file. Errors: Refusal conflict `master_file_exists`; as `Envelope`."""
        ring: Ring = {part: dump_secret(new_key(Kind[part.upper()])) for part in PARTS}
        ring["sealing"] = [new_sealing_key()]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        ring |= {"generation": 1, "since": dict.fromkeys((*PARTS, "sealing"), now)}
        self.write(ring, replace=False)
        return MasterKeys(ring)

    def load(self) -> MasterKeys:
        """Errors: FileNotFoundError; Refusal forbidden `master_file_open_to_others`, invalid `master_file_broken`; as
        `Envelope`."""
        return MasterKeys(self.read())

    def read(self) -> Ring:
        """The content of the file, of whatever shape. Errors: as `load`."""
        with self.path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise forbidden("master_file_open_to_others", "the master file may be readable by its owner only")
            content = file.read()
        with suppress(ValueError):
            ring = json.loads(self.envelope.open(content))
            if isinstance(ring, dict):
                return ring
        raise _broken()

    def write(self, ring: Ring, *, replace: bool) -> None:
        """Put the file in place whole, on disk when this returns. Errors: Refusal conflict `master_file_exists`."""
        try:
            put_in_place(self.path, self.envelope.close(json.dumps(ring, indent=1).encode()), replace=replace)
        except FileExistsError:
            raise conflict("master_file_exists", "a master file is never overwritten by a new one") from None


def older_marks(keyset: dict[str, Any]) -> tuple[bytes, ...]:
    """How ciphertext begins that the keys of a set made which are no longer in use."""
    return tuple(mark(key["keyId"]) for key in keyset["key"] if key["keyId"] != keyset["primaryKeyId"])


def new_sealing_key() -> dict[str, Any]:
    handle = new_key(Kind.SEALING)
    return {"kid": fingerprint(dump_public(handle)), "keyset": dump_secret(handle)}


def put_in_place(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file for its owner only, whole or not at all, on disk when this returns. Errors: FileExistsError."""
    fresh = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        _write_durably(fresh, content)
        if replace:
            fresh.replace(path)
        else:
            path.hardlink_to(fresh)
    finally:
        fresh.unlink(missing_ok=True)
    _sync(path.parent)


def _write_durably(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _broken() -> Refusal:
    return invalid("master_file_broken", "the master file is not one that this program wrote")

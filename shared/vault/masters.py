"""The keys of one service: for wrapping the keys of its persons, for itself, for blind indexes, for opening what is
sealed to it.

Rule: they live in one file that only its owner can read, and a file that others could read is not used at all. The
file is replaced whole or not at all, and a new one never takes the place of an old one, for with a master file goes
everything that it wraps.

Shape: `{"wrapping": keyset, "own": keyset, "blind": keyset, "sealing": [{"kid", "keyset", "retired"?}, …]}`, keysets
in Tink's JSON form, the newest sealing key last.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from shared.errors import Refusal, conflict, forbidden, invalid
from shared.vault.primitives import (
    Broken,
    Kind,
    Opening,
    as_aead,
    as_opening,
    as_prf,
    dump_public,
    dump_secret,
    fingerprint,
    new_key,
    read_secret,
)

Ring = dict[str, Any]


class MasterKeys:
    """The master keys of one service, in memory."""

    __slots__ = ("_openings", "_publics", "blind", "own", "wrapping")

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
        self.blind = as_prf(read_secret(ring["blind"]))
        handles = {key["kid"]: read_secret(key["keyset"]) for key in ring["sealing"]}
        self._openings = {kid: as_opening(handle) for kid, handle in handles.items()}
        self._publics = {kid: dump_public(handle) for kid, handle in handles.items()}

    def __repr__(self) -> str:
        return "MasterKeys(…)"

    @classmethod
    def create(cls, path: Path) -> "MasterKeys":
        """Make new keys and their file. Errors: Refusal conflict `master_file_exists`."""
        ring: Ring = {name.lower(): dump_secret(new_key(Kind[name])) for name in ("WRAPPING", "OWN", "BLIND")}
        ring["sealing"] = [new_sealing_key()]
        write_ring(path, ring, replace=False)
        return cls(ring)

    @classmethod
    def load(cls, path: Path) -> "MasterKeys":
        """Errors: FileNotFoundError; Refusal forbidden `master_file_open_to_others`, invalid `master_file_broken`."""
        return cls(read_ring(path))

    def opening(self, kid: str) -> Opening | None:
        """The private key that opens what was sealed to `kid`, while it exists."""
        return self._openings.get(kid)

    def publics(self) -> dict[str, dict[str, Any]]:
        """The public keysets of the sealing ring by kid, the newest last."""
        return dict(self._publics)


def new_sealing_key() -> dict[str, Any]:
    handle = new_key(Kind.SEALING)
    return {"kid": fingerprint(dump_public(handle)), "keyset": dump_secret(handle)}


def read_ring(path: Path) -> Ring:
    """The content of a master file, of whatever shape. Errors: as `MasterKeys.load`."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise forbidden("master_file_open_to_others", "the master file may be readable by its owner only")
        content = file.read()
    with suppress(ValueError):
        ring = json.loads(content)
        if isinstance(ring, dict):
            return ring
    raise _broken()


def write_ring(path: Path, ring: Ring, *, replace: bool) -> None:
    """Put the file in place whole, on disk when this returns. Errors: Refusal conflict `master_file_exists`."""
    fresh = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        _write_durably(fresh, json.dumps(ring, indent=1).encode())
        if replace:
            fresh.replace(path)
        else:
            path.hardlink_to(fresh)
    except FileExistsError:
        raise conflict("master_file_exists", "a master file is never overwritten by a new one") from None
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

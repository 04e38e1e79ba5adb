"""Turning keys over: new ones join the master file, old ones leave it.

Rule: a key is in every process that must open with it before anybody uses it, and it leaves only after the last thing
that needs it is gone. So a new wrapping key is added first and used once every replica has loaded it; a new sealing
key is used once the public file says so; and a retired sealing key is destroyed by its age, which ends what old
events could tell. Running processes see a change when they load the file again.

Errors of every function: as `MasterKeys.load`; the file is then as it was.
"""

from datetime import datetime
from pathlib import Path

from shared.vault.masters import MasterKeys, Ring, new_sealing_key, read_ring, write_ring
from shared.vault.primitives import Kind, dump_secret, new_key


def add_sealing_key(path: Path, now: datetime) -> str:
    """Make the next sealing key and note that the ones before it retired at `now`; return its kid."""
    ring = _read(path)
    for key in ring["sealing"]:
        key.setdefault("retired", now.isoformat())
    fresh = new_sealing_key()
    ring["sealing"].append(fresh)
    _replace(path, ring)
    return str(fresh["kid"])


def destroy_sealing_keys(path: Path, retired_before: datetime) -> list[str]:
    """Remove the sealing keys that retired before that instant; return their kids. The newest always stays."""
    ring = _read(path)
    gone = [key["kid"] for key in ring["sealing"] if _retired_before(key.get("retired"), retired_before)]
    ring["sealing"] = [key for key in ring["sealing"] if key["kid"] not in gone]
    _replace(path, ring)
    return gone


def add_wrapping_key(path: Path) -> None:
    """Add a key that unwraps from now on, and wraps once `use_newest_wrapping_key` was called."""
    ring = _read(path)
    ring["wrapping"]["key"] += dump_secret(new_key(Kind.WRAPPING))["key"]
    _replace(path, ring)


def use_newest_wrapping_key(path: Path) -> None:
    """Wrap new keys with the newest wrapping key; older ones go on unwrapping what they wrapped."""
    ring = _read(path)
    ring["wrapping"]["primaryKeyId"] = ring["wrapping"]["key"][-1]["keyId"]
    _replace(path, ring)


def _retired_before(retired: str | None, instant: datetime) -> bool:
    return retired is not None and datetime.fromisoformat(retired) < instant


def _read(path: Path) -> Ring:
    ring = read_ring(path)
    MasterKeys(ring)
    return ring


def _replace(path: Path, ring: Ring) -> None:
    MasterKeys(ring)  # a ring that cannot be read never reaches the disk
    write_ring(path, ring, replace=True)

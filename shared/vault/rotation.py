"""Turning keys over, the half in the master file: new ones join it, come into use, and old ones leave it.

Rule: a key is in every process that must open with it before anybody uses it, and it leaves only after the last thing
that needs it is gone; `shared.rekeying` waits for both. A retired sealing key is destroyed by its age, which ends what
old events could tell.

Every change has the file alone, so two runs at once lose nothing.

Errors of every function: as `MasterFile.load`; the file is then as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from shared.errors import conflict
from shared.vault.locking import alone
from shared.vault.masters import PARTS, MasterFile, MasterKeys, Ring, new_sealing_key
from shared.vault.primitives import Kind, dump_secret, new_key

SEALING_KEPT = timedelta(days=35)
"""How long a retired sealing key goes on opening: longer than any event stays on the bus."""


def add_key(file: MasterFile, part: str) -> None:
    """Add a key of one of `PARTS` that opens and finds from now on, and is used once `use_newest` was called.

    A newer key that waits to be used already stays the only one.
    """
    with _changing(file) as ring:
        if not waiting(ring, part):
            ring[part]["key"] += dump_secret(new_key(Kind[part.upper()]))["key"]


def use_newest(file: MasterFile, part: str, now: datetime) -> None:
    """Write with the newest key from now on; older ones go on opening and finding what they wrote."""
    with _changing(file) as ring:
        if waiting(ring, part):
            ring[part]["primaryKeyId"] = ring[part]["key"][-1]["keyId"]
            _note(ring, part, now)


def without_older(file: MasterFile, part: str) -> MasterKeys:
    """What the keys would be after `drop_older`."""
    ring = _read(file)
    ring[part]["key"] = _in_use(ring, part)
    return MasterKeys(ring)


def drop_older(file: MasterFile, part: str, generation: int) -> int:
    """Remove every key but the one in use; returns how many went. Nothing that they wrote opens any more.

    generation: of the file about which it was found that nothing needs them. Errors: Refusal conflict
    `master_file_changed` when it is another one by now.
    """
    with _changing(file) as ring:
        if MasterKeys(ring).generation != generation:
            raise conflict("master_file_changed", "somebody else changed the master file meanwhile; begin again")
        before, ring[part]["key"] = len(ring[part]["key"]), _in_use(ring, part)
        return before - len(ring[part]["key"])


def add_sealing_key(file: MasterFile) -> str:
    """Make the next sealing key, which opens from now on; returns its kid.

    A newer key that waits to be sealed to stays the only one.
    """
    with _changing(file) as ring:
        if len(ring["sealing"]) == 1 or "retired" in ring["sealing"][-2]:
            ring["sealing"].append(new_sealing_key())
        return str(ring["sealing"][-1]["kid"])


def retire_sealing_keys(file: MasterFile, now: datetime) -> None:
    """Note that nobody seals to any but the newest from `now` on."""
    with _changing(file) as ring:
        for key in ring["sealing"][:-1]:
            key.setdefault("retired", now.isoformat())
        _note(ring, "sealing", now)


def destroy_sealing_keys(file: MasterFile, retired_before: datetime) -> list[str]:
    """Remove the sealing keys that retired before that instant; return their kids. The newest always stays."""
    with _changing(file) as ring:
        gone = [key["kid"] for key in ring["sealing"] if _retired_before(key.get("retired"), retired_before)]
        ring["sealing"] = [key for key in ring["sealing"] if key["kid"] not in gone]
    return gone


def waiting(ring: Ring, part: str) -> bool:
    """Whether the newest key of a part is not in use yet."""
    return bool(ring[part]["key"][-1]["keyId"] != ring[part]["primaryKeyId"])


def described(file: MasterFile) -> list[tuple[str, int, str]]:
    """Of each part: how many keys the file holds, and since when the one in use is used; nothing of the keys."""
    ring = _read(file)
    since = ring.get("since", {})
    counts = {**{part: len(ring[part]["key"]) for part in PARTS}, "sealing": len(ring["sealing"])}
    return [(part, count, since.get(part, "unknown")) for part, count in counts.items()]


def _in_use(ring: Ring, part: str) -> list[Any]:
    return [key for key in ring[part]["key"] if key["keyId"] == ring[part]["primaryKeyId"]]


def _note(ring: Ring, part: str, now: datetime) -> None:
    ring.setdefault("since", {})[part] = now.isoformat(timespec="seconds")


def _retired_before(retired: str | None, instant: datetime) -> bool:
    return retired is not None and datetime.fromisoformat(retired) < instant


def _read(file: MasterFile) -> Ring:
    ring = file.read()
    MasterKeys(ring)
    return ring


@contextmanager
def _changing(file: MasterFile) -> Iterator[Ring]:
    """The content of the file, alone; what the block changed in it is written when it ends well."""
    with alone(file.path):
        ring = _read(file)
        before = deepcopy(ring)
        yield ring
        if ring != before:
            _replace(file, ring)


def _replace(file: MasterFile, ring: Ring) -> None:
    ring["generation"] = int(ring.get("generation", 1)) + 1
    MasterKeys(ring)  # a ring that cannot be read never reaches the disk
    file.write(ring, replace=True)

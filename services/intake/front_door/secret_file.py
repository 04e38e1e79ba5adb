"""The secrets of the front door: one for new receipts, and those under which there still are some.

Rule: a secret comes in three steps, so that several processes may serve meanwhile: each knows it before any uses it,
and it goes when the last receipt under it is gone. The file holds them one after the other, 32 bytes each, the one in
use first; a running process follows it.
"""

import asyncio
import hashlib
import hmac
import logging
import os
import secrets
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from services.intake.front_door import store
from shared.database import Database
from shared.errors import Refusal, conflict, forbidden, invalid

log = logging.getLogger(__name__)

SIZE = 32
MOST = 3
"""Each costs every visit one more hash."""

LOOK_S = 1.0

Stamp = tuple[int, int, int, int]


def derived(secret: bytes, name: str) -> bytes:
    """HKDF-SHA256 with one block of output; secret: already uniform."""
    pseudorandom = hmac.digest(b"\0" * 32, secret, "sha256")
    return hmac.digest(pseudorandom, f"lodestar front door 1 {name}\1".encode(), hashlib.sha256)


def name_of(secret: bytes) -> str:
    """By which rows say what they were made under; nothing follows from it."""
    return derived(secret, "name").hex()[:16]


def split(content: bytes) -> tuple[bytes, ...]:
    """Errors: Refusal invalid `door_secret_broken`."""
    found = tuple(content[at : at + SIZE] for at in range(0, len(content), SIZE))
    if not 1 <= len(found) <= MOST or len(found[-1]) != SIZE or len(set(found)) < len(found):
        raise invalid("door_secret_broken", f"The front door has 1 to {MOST} different secrets of {SIZE} bytes.")
    return found


def read(path: Path) -> tuple[bytes, ...]:
    """Errors: FileNotFoundError; Refusal forbidden `door_secret_open_to_others`, invalid `door_secret_broken`."""
    if path.stat().st_mode & 0o077:
        raise forbidden("door_secret_open_to_others", "the secret of the front door may be readable by its owner only")
    return split(path.read_bytes())


def _write(path: Path, kept: Sequence[bytes]) -> None:
    """All or nothing, on the disk when this returns."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"".join(kept))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


async def follow(path: Path, renew: Callable[[Sequence[bytes]], None]) -> None:
    """Until cancelled; a file that cannot be read changes nothing, and is tried again."""
    seen: Stamp | None = None
    while True:
        with suppress(OSError):
            stamp = _stamp(path)
            if stamp != seen:
                try:
                    renew(read(path))
                except Refusal as refusal:
                    log.warning("the secrets stay as they were: %s", refusal.code)
                seen = stamp
        await asyncio.sleep(LOOK_S)


def _stamp(path: Path) -> Stamp:
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size, stat.st_mode


async def described(door: Database, path: Path) -> list[str]:
    """A line for each: its name, what it is for, and how many receipts are under it."""
    counts = await door.transact(store.count_by_lock)
    lines = []
    for place, secret in enumerate(read(path)):
        use = "new receipts" if place == 0 else "looking up"
        lines.append(f"{name_of(secret)}  {use:12}  {counts.get(name_of(secret), 0)} receipts")
    return [*lines, *([f"{'':16}  {'before names':12}  {counts[None]} receipts"] if None in counts else [])]


async def add(door: Database, path: Path) -> list[str]:
    """One more, for looking up only. Errors: Refusal conflict `door_secrets_many`; as `read`."""
    kept = read(path)
    if len(kept) == MOST:
        raise conflict("door_secrets_many", f"There are {MOST} already: retire one whose receipts are gone first.")
    if len(kept) == 1:
        await door.transact(lambda tx: store.name_locks(tx, name_of(kept[0])))
    _write(path, [*kept, secrets.token_bytes(SIZE)])
    return ["Every process follows within a second once it has the file; then: use."]


async def use(door: Database, path: Path) -> list[str]:
    """New receipts are made under the last one.

    Errors: Refusal conflict `door_secret_missing`, `door_secret_used` for one of before; as `read`.
    """
    *before, newest = read(path)
    if not before:
        raise conflict("door_secret_missing", "There is no other secret: add one first.")
    if name_of(newest) in await door.transact(store.count_by_lock):
        raise conflict("door_secret_used", "The last one was in use before: add another one first.")
    _write(path, [newest, *before])
    return [f"{name_of(newest)} is used for new receipts; earlier ones open as before."]


async def retire(door: Database, path: Path) -> list[str]:
    """Drop those under which no receipt is left. Errors: as `read`."""
    in_use, *others = read(path)
    counts = await door.transact(store.count_by_lock)
    needed = [secret for secret in others if counts.get(name_of(secret), 0) or None in counts]
    if len(needed) < len(others):
        _write(path, [in_use, *needed])
    gone = [f"{name_of(secret)} is gone" for secret in others if secret not in needed]
    stays = [f"{name_of(secret)} stays: {counts.get(name_of(secret), 0)} receipts" for secret in needed]
    return [*gone, *stays] or ["There is only the one in use."]


STEPS = {"show": described, "add": add, "use": use, "retire": retire}

"""Letters of somebody who came through the front door, as the porter brings them into a room of intake."""

import hashlib
import secrets
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry
from sqlalchemy import select

from services.intake.front_door.model.letters import Ask, Attached, Box, Letter, file_place
from services.intake.threads.porter import Porter
from services.intake.threads.store import THREADS
from shared.clock import new_id
from shared.contracts.fields import SealRequest
from shared.vault.primitives import aead_from, public_from
from tests.support.room import Room

TEXT = b"They wrote this on my door.\n"


async def arrive(room: Room, letter: Letter, thread_id: str, file: bytes | None = None) -> str:
    """Seal a letter as the front door does and have it taken in; returns its id."""
    letter_id, boxed = new_id(), None
    if file is not None:
        letter, boxed = _attached(letter, letter_id, file)
    part = room.vault.seal(letter_id, SealRequest(thread_id, ("intake",), letter.padded()))["intake"]
    porter = Porter(room.database, room.database, room.tools, CollectorRegistry())
    await porter._take(Box(1, letter_id, thread_id, part.kid, part.box.encode(), boxed), waits=False)
    return letter_id


def _attached(letter: Letter, letter_id: str, file: bytes) -> tuple[Letter, bytes]:
    key = secrets.token_bytes(32)
    digest = hashlib.sha256(file).hexdigest()
    attached = Attached(media_type="text/plain", key=b64encode(key).decode(), length=len(file), digest=digest)
    return letter.model_copy(update={"attached": attached}), aead_from(key).encrypt(file, file_place(letter_id))


async def asked(room: Room, **ask: Any) -> tuple[str, str]:
    """Somebody asked through the front door; thread and request."""
    thread_id = new_id()
    key = b64encode(public_from(secrets.token_bytes(32))).decode()
    letter = Letter(kind="request", at=datetime.now(UTC), language="ru", text="Help.", ask=Ask(**ask), person_key=key)
    await arrive(room, letter, thread_id)
    (row,) = await room.rows(select(THREADS.c.request_id).where(THREADS.c.id == thread_id))
    return thread_id, str(row["request_id"])


async def with_file(room: Room) -> str:
    """A letter with a file."""
    thread_id, _ = await asked(room)
    letter = Letter(kind="file", at=datetime.now(UTC), language="ru")
    return await arrive(room, letter, thread_id, TEXT)

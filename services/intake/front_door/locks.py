"""Everything that the front door computes with keys: receipts to threads, forms that carry what was written, seals.

Rule: the front door holds no key that opens what somebody wrote before. Its secrets find threads and close up the
hidden fields of forms; what opens answers follows from a receipt, is in memory for one request, and is never kept.
Whether a receipt is known or not, and under which secret it was made, the same is computed: once under each.
"""

import asyncio
import hmac
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from argon2.low_level import Type, hash_secret_raw

from services.intake.front_door.model.letters import answer_place
from services.intake.front_door.model.receipts import Receipt
from services.intake.front_door.secret_file import derived, name_of
from services.intake.front_door.turns import Turns
from shared.contracts.fields import SealRequest
from shared.errors import forbidden
from shared.vault import PublicKeysets
from shared.vault.primitives import Aead, Broken, aead_from, binding, opening_from, public_from
from shared.vault.sealing import seal

INTAKE = "intake"
SALT = 16
FORM_S = 3600
"""For how long of real time a page can be sent on."""


@dataclass(frozen=True)
class Hashing:
    """How argon2id is computed. memory_kib, rounds: for one; threads: how many at once; queue: how many more wait."""

    memory_kib: int = 19 * 1024
    rounds: int = 2
    threads: int = 2
    queue: int = 200


@dataclass(frozen=True, repr=False)
class Opened:
    """What follows from a receipt under one secret, lock. seed: of the key pair to which answers are sealed."""

    handle: str
    lock: str
    confirmation: bytes
    seed: bytes

    @property
    def person_key(self) -> str:
        return b64encode(public_from(self.seed)).decode()


@dataclass(frozen=True, repr=False)
class _Secret:
    """One of the front door's secrets, taken apart by what it is for."""

    name: str
    finding: bytes
    salting: bytes
    forms: Aead

    @classmethod
    def of(cls, secret: bytes) -> "_Secret":
        return cls(
            name_of(secret), derived(secret, "find"), derived(secret, "salt"), aead_from(derived(secret, "forms"))
        )


class Locks:
    """Made once per process from its secrets; `renew` gives it others while it works."""

    def __init__(self, kept: Sequence[bytes], recipients: Path, hashing: Hashing) -> None:
        """kept: the secrets, the one in use first."""
        self._recipients = recipients
        self._hashing = hashing
        self._turns = Turns(hashing.threads, hashing.queue)
        self._pool = ThreadPoolExecutor(hashing.threads, thread_name_prefix="argon2")
        self._secrets: tuple[_Secret, ...] = ()
        self.computed = 0
        self.renew(kept)

    def renew(self, kept: Sequence[bytes]) -> None:
        """From now on these are the secrets, the one in use first; whoever is being looked up is not disturbed."""
        self._secrets = tuple(_Secret.of(secret) for secret in kept)

    @property
    def present(self) -> int:
        """How many receipts are computed or wait for it."""
        return self._turns.present

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def open(self, receipt: Receipt, source: str) -> tuple[Opened, ...]:
        """What follows from it under each secret, first the one in use; source: whose turn it is.

        Errors: Refusal unavailable `busy` when too many wait already.
        """
        known, begin = self._secrets, asyncio.get_running_loop().run_in_executor
        roots = await self._turns.take(source, lambda: begin(self._pool, self._roots, receipt, known))
        return tuple(
            Opened(
                hmac.digest(secret.finding, receipt.secret, "sha256").hex(),
                secret.name,
                derived(root, "confirm"),
                derived(root, "open"),
            )
            for secret, root in zip(known, roots, strict=True)
        )

    def seal(self, letter_id: str, thread_id: str, plain: bytes) -> tuple[str, bytes]:
        """The kid and the box of a letter to intake. Errors: as `shared.vault.sealing.seal`."""
        keys = PublicKeysets.load(self._recipients)
        part = seal(keys, letter_id, SealRequest(thread_id, (INTAKE,), plain))[INTAKE]
        return part.kid, part.box.encode()

    def put_in_form(self, kind: str, content: Mapping[str, Any], now: float) -> str:
        """What a page carries to the next one, readable by nobody else. now: seconds of real time."""
        plain = orjson.dumps({**content, "until": now + FORM_S})
        return urlsafe_b64encode(self._secrets[0].forms.encrypt(plain, binding("lodestar form 1", kind))).decode()

    def take_from_form(self, kind: str, given: str, now: float) -> dict[str, Any]:
        """Errors: Refusal forbidden `form_over` for one that is too old, or not ours."""
        for secret in self._secrets:
            with suppress(Broken, ValueError):
                plain = secret.forms.decrypt(urlsafe_b64decode(given), binding("lodestar form 1", kind))
                content: dict[str, Any] = orjson.loads(plain)
                if content.pop("until") > now:
                    return content
        raise forbidden("form_over", "This page was open for too long.")

    def _roots(self, receipt: Receipt, known: Sequence["_Secret"]) -> list[bytes]:
        return [self._root(receipt, secret) for secret in known]

    def _root(self, receipt: Receipt, secret: "_Secret") -> bytes:
        self.computed += 1
        salt = hmac.digest(secret.salting, receipt.secret, "sha256")[:SALT]
        how = self._hashing
        return hash_secret_raw(receipt.secret, salt, how.rounds, how.memory_kib, 1, 32, Type.ID)


def open_answer(seed: bytes, answer_id: str, thread_id: str, box: bytes) -> bytes | None:
    """An answer sealed to who holds the receipt; None for one that does not open."""
    with suppress(Broken):
        return opening_from(seed).decrypt(box, answer_place(answer_id, thread_id))
    return None


def same(one: bytes, other: bytes) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(one, other)

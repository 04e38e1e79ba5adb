"""Turning over the keys of one service beside its running processes: which step comes when, and what it waits for.

Rule: no step begins before every running process of the service works with what the step before it left in the master
file, and an old key leaves only when nothing is left that it wrote. Each step may be repeated, and the whole be cut
off between any two.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Table

from shared.database import Database
from shared.errors import conflict, invalid
from shared.vault import KeyStore, Vault, rotation
from shared.vault.masters import PARTS, MasterKeys
from shared.vault.recipients import PublicKeysets, publish
from shared.vault.renewing import (
    BlindSource,
    left_blind,
    left_own,
    left_wrapped,
    renew_blind,
    renew_own,
    renew_wrapped,
)
from shared.vault.watching import KeyFiles

Step = Literal["add", "use", "renew", "drop", "publish", "destroy"]

ROTATE: dict[str, tuple[Step, ...]] = {
    **dict.fromkeys(PARTS, ("add", "use", "renew", "drop")),
    "sealing": ("add", "publish"),
}
RETIRE: dict[str, tuple[Step, ...]] = {**dict.fromkeys(PARTS, ("renew", "drop")), "sealing": ("destroy",)}

EXPLAINED: dict[Step, str] = {
    "add": "put a new key into the master file; it opens and finds, and nothing is written with it yet",
    "use": "when every process has loaded the new key: write with it from now on",
    "renew": "when every process writes with it: go over all that older keys wrote",
    "drop": "when nothing is left of what they wrote: remove the older keys from the master file",
    "publish": "when every process has loaded the new key: have the others seal to it, by the file of public keys",
    "destroy": "35 days after a key was last sealed to: remove it; what was sealed to it never opens again",
}

PATIENCE_S = 120.0


class Rekeying:
    """The keys of one service, its database and its key store."""

    def __init__(
        self,
        service: str,
        files: KeyFiles,
        database: Database,
        keys: Database,
        tables: Sequence[Table],
        blinds: Sequence[BlindSource],
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._service = service
        self._files = files
        self._database = database
        self._store = KeyStore(keys)
        self._tables = tables
        self._blinds = blinds
        self._patience_s = patience_s

    async def go(self, part: str, steps: Sequence[Step]) -> AsyncIterator[str]:
        """Take these steps in order; tells what each did when it is done.

        Errors: Refusal conflict `key_not_everywhere`, `old_key_still_needed`, `master_file_changed`; invalid
        `no_such_step` for one that keys of this part do not know; as `shared.vault.rotation`.
        """
        if strange := set(steps) - {*ROTATE[part], *RETIRE[part]}:
            raise invalid("no_such_step", f"{part} keys know no step {', '.join(sorted(strange))}")
        for step in steps:
            await self._everywhere()
            yield f"{part}: {step}: {await self._take(part, step)}"
        await self._everywhere()

    async def _take(self, part: str, step: Step) -> str:
        file, now = self._files.master, datetime.now(UTC)
        if step == "add":
            if part == "sealing":
                rotation.add_sealing_key(file)
            else:
                rotation.add_key(file, part)
            return "a new key is there"
        if step == "use":
            rotation.use_newest(file, part, now)
            return "the new key is in use"
        if step == "renew":
            return await self._renew(part)
        if step == "drop":
            return await self._drop(part)
        if step == "publish":
            publish(self._files.recipients, self._service, file)
            rotation.retire_sealing_keys(file, now)
            return "the others seal to the new key"
        gone = rotation.destroy_sealing_keys(file, now - rotation.SEALING_KEPT)
        publish(self._files.recipients, self._service, file)
        return f"{len(gone)} keys are destroyed"

    async def _renew(self, part: str) -> str:
        vault = self._vault(self._files.master.load())
        if part == "wrapping":
            return f"{await renew_wrapped(self._store, vault)} keys are wrapped with the key in use"
        if part == "blind":
            await renew_blind(self._database, vault, self._blinds)
            return "every index is made with the key in use"
        stayed = await renew_own(self._database, vault, self._tables)
        if stayed:
            raise conflict("old_key_still_needed", f"these columns hold what nothing opened: {', '.join(stayed)}")
        return "everything is encrypted with the key in use"

    async def _drop(self, part: str) -> str:
        """Nothing leaves the file before it was counted that nothing needs it, whatever was done before."""
        present = self._vault(self._files.master.load())
        if left := await self._left(part, present):
            raise conflict("old_key_still_needed", f"{left} values still need older {part} keys; do step renew first")
        return f"{rotation.drop_older(self._files.master, part, present.masters.generation)} older keys are gone"

    async def _left(self, part: str, present: Vault) -> int:
        if part == "wrapping":
            return await left_wrapped(self._store, self._vault(rotation.without_older(self._files.master, part)))
        if part == "own":
            return await left_own(self._database, present, self._tables)
        return await left_blind(self._database, present, self._blinds)

    def _vault(self, masters: MasterKeys) -> Vault:
        return Vault(self._service, masters, PublicKeysets.load(self._files.recipients), self._store)

    async def _everywhere(self) -> None:
        """Return when every running process works with the master file as it is now."""
        generation = self._files.master.load().generation
        deadline = asyncio.get_running_loop().time() + self._patience_s
        while behind := await self._store.behind(generation):
            if asyncio.get_running_loop().time() > deadline:
                raise conflict("key_not_everywhere", f"{behind} processes have not loaded the master file as it is")
            await asyncio.sleep(0.1)

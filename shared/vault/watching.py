"""A running process follows its key files: what a rotation changes is in use within seconds, without a restart.

Rule: a process says which state of the master file it works with only after everything that it began under an earlier
one has ended; so whoever rotates and waits for all to say so knows that the earlier one is in nobody's hands. Files
that cannot be read change nothing, and are tried again.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from shared.clock import new_id
from shared.database import Database
from shared.errors import Refusal
from shared.vault.keystore import KeyStore
from shared.vault.masters import MasterFile, MasterKeys
from shared.vault.recipients import PublicKeysets
from shared.vault.vault import Vault

log = logging.getLogger(__name__)

LOOK_S = 1.0
SAY_S = 5.0

Stamp = tuple[tuple[int, int, int], ...]


class KeyFiles:
    """The master file of a service, and the deployment's public keys."""

    def __init__(self, master: MasterFile, recipients: Path) -> None:
        self.master = master
        self.recipients = recipients

    def load(self) -> tuple[MasterKeys, PublicKeysets]:
        """Errors: as `MasterFile.load` and `PublicKeysets.load`."""
        return self.master.load(), PublicKeysets.load(self.recipients)

    def stamp(self) -> Stamp:
        """Another one whenever one of the files was replaced. Errors: FileNotFoundError."""
        stats = [path.stat() for path in (self.master.path, self.recipients)]
        return tuple((stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in stats)


class KeyWatch:
    """Keeps a vault at what the key files say."""

    def __init__(self, files: KeyFiles, vault: Vault, store: KeyStore, databases: Sequence[Database]) -> None:
        """databases: whose open transactions may still hold earlier keys."""
        self._files = files
        self._vault = vault
        self._store = store
        self._databases = databases
        self._id = new_id()
        self._stamp: Stamp | None = None
        self._said_at = 0.0

    async def begin(self) -> None:
        """Say what is loaded, then look whether it changed since: nothing is served in between."""
        await self._say()
        await self._look()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look()
                if time.monotonic() - self._said_at > SAY_S:
                    await self._say()
            except Exception as error:
                log.warning("keys stay as they were: %s", type(error).__name__)

    async def end(self) -> None:
        """Nobody needs to wait for this process any more."""
        with suppress(Refusal):
            await self._store.leave(self._id)

    async def _look(self) -> None:
        stamp = self._files.stamp()
        if stamp == self._stamp:
            return
        masters, recipients = await asyncio.to_thread(self._files.load)
        self._stamp = stamp
        self._vault.renew(masters, recipients)
        for database in self._databases:
            await database.outlast_present()
        await self._say()
        log.info("keys loaded: generation %d", masters.generation)

    async def _say(self) -> None:
        await self._store.report(self._id, self._vault.masters.generation)
        self._said_at = time.monotonic()

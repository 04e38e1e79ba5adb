"""What a service does with keys: give a subject a key, encrypt under it, destroy it, seal, open, and index blindly.

Rule: what was encrypted for one service, subject and context opens for no other; and nothing is committed under a key
that the key store does not hold, so `keep` comes before the commit of whatever the key encrypts.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_bytes

from shared.contracts.fields import SealedPart, SealRequest
from shared.errors import Refusal, invalid, not_found, unavailable
from shared.vault import sealing
from shared.vault.cache import Cache
from shared.vault.columns import Blind
from shared.vault.keystore import DESTROYED, KeyStore, WrappedKey
from shared.vault.masters import MasterKeys
from shared.vault.primitives import Broken, Handle, Kind, as_aead, binding, new_key, same_key, unwrap, wrap
from shared.vault.recipients import PublicKeysets
from shared.vault.subject import SubjectCipher

__all__ = ["SubjectCipher", "Vault"]


@dataclass(frozen=True, slots=True)
class _Known:
    key: WrappedKey
    cipher: SubjectCipher


class Vault:
    """The keys of one service and its subjects. Keys of subjects stay in memory for at most a minute."""

    def __init__(
        self,
        service: str,
        masters: MasterKeys,
        recipients: PublicKeysets,
        store: KeyStore,
        cache: Cache[_Known] | None = None,
    ) -> None:
        self._service = service
        self._masters = masters
        self._recipients = recipients
        self._store = store
        self._known: Cache[_Known] = Cache() if cache is None else cache
        self._own = SubjectCipher(service, "own", masters.own)

    @property
    def masters(self) -> MasterKeys:
        """The present master keys."""
        return self._masters

    def renew(self, masters: MasterKeys, recipients: PublicKeysets) -> None:
        """Go on with keys that were loaded anew; a minted key that is not kept yet is wrapped with the present one."""
        self._masters, self._recipients = masters, recipients
        self._own = SubjectCipher(self._service, "own", masters.own)
        for subject, known in self._known.items():
            if known.cipher.unkept is not None:
                key = self.rewrapped(known.key)
                known.cipher.unkept = key
                self._known.put(subject, _Known(key, known.cipher))

    def rewrapped(self, key: WrappedKey) -> WrappedKey:
        """The same key, wrapped with the wrapping key in use. Errors: Refusal unavailable `key_of_another_master`."""
        handle = self._unwrap(key.subject, key.wrapped)
        return WrappedKey(key.subject, wrap(handle, self._masters.wrapping, self._bound(key.subject)))

    def opens(self, key: WrappedKey) -> bool:
        """Whether a wrapping key of ours opens it."""
        with suppress(Refusal):
            self._unwrap(key.subject, key.wrapped)
            return True
        return False

    def mint(self, subject: str) -> WrappedKey:
        """The key of a new subject, usable at once; `keep` it before committing what it encrypts.

        A job that is run again gets the key that it minted before, as long as this process remembers it.
        """
        known = self._known.get(subject)
        if known is not None:
            return known.key
        handle = new_key(Kind.SUBJECT)
        wrapped = wrap(handle, self._masters.wrapping, self._bound(subject))
        known = self._remember(subject, wrapped, handle)
        known.cipher.unkept = known.key
        return known.key

    async def keep(self, keys: Sequence[WrappedKey]) -> None:
        """Make minted keys durable; they are on disk when this returns, and repeating is harmless.

        Errors: Refusal unavailable `key_minted_elsewhere` when another process was first: this process knows that
        key now, so run the job again; not_found `key_destroyed` when the subject was erased. After either, what was
        encrypted under the refused key must not be committed.
        """
        if not keys:
            return
        stands = await self._store.keep(keys)
        for subject, wrapped in stands.items():
            self._settle(subject, wrapped)
        beaten = [key.subject for key in keys if not self._same(key, stands[key.subject])]
        if any(stands[subject] == DESTROYED for subject in beaten):
            raise not_found("key_destroyed")
        if beaten:
            raise unavailable("key_minted_elsewhere")

    async def cipher(self, subject: str) -> SubjectCipher:
        """The cipher of one. When it says `unkept`, `keep` that before committing.

        Errors: Refusal not_found `key_destroyed`; unavailable `key_of_another_master`.
        """
        found = await self.ciphers([subject])
        if subject not in found:
            raise not_found("key_destroyed")
        return found[subject]

    async def ciphers(self, subjects: Collection[str]) -> dict[str, SubjectCipher]:
        """The ciphers of many with at most one query; subjects without a key are absent. Errors: as `cipher`."""
        known = {subject: known for subject in subjects if (known := self._known.get(subject))}
        missing = {subject for subject in subjects if subject not in known}
        if missing:
            known |= await self._load(missing)
        return {subject: one.cipher for subject, one in known.items()}

    async def destroyed(self) -> set[str]:
        """The subjects whose keys were erased."""
        return await self._store.destroyed()

    async def destroy(self, subjects: Collection[str]) -> None:
        """Erase keys for good; other replicas forget theirs within a minute."""
        if subjects:
            await self._store.destroy(subjects)
        for subject in subjects:
            self._known.drop(subject)

    async def drop(self, subjects: Collection[str]) -> None:
        """Erase keys of what is no person and never comes again: nothing is left of them."""
        await self._store.drop(subjects)
        for subject in subjects:
            self._known.drop(subject)

    def own(self) -> SubjectCipher:
        """The service's own key, for what concerns no single person."""
        return self._own

    def blind(self, index: str, value: str) -> Blind:
        """The image of a value, normalised by `shared.vault.blinding`, to write into one index of this service."""
        return self.blinds(index, value)[0]

    def blinds(self, index: str, value: str) -> list[Blind]:
        """Its images under every blind key that is known, to look it up: more than one while the key is rotated."""
        named = binding("lodestar blind 1", self._service, index, value)
        return [Blind(one.compute(named, 32)) for one in self._masters.blinds]

    def blind_nothing(self) -> Blind:
        """An image that nothing has, to fill up with."""
        return Blind(token_bytes(32))

    def seal(self, event_id: str, request: SealRequest) -> Mapping[str, SealedPart]:
        """Seal a value to services. Errors: as `shared.vault.sealing.seal`."""
        return sealing.seal(self._recipients, event_id, request)

    def open(self, event_id: str, about: str, parts: Mapping[str, SealedPart]) -> bytes:
        """Open our part. Errors: Refusal invalid `not_sealed_to_us`; else as `shared.vault.sealing.open_part`."""
        part = parts.get(self._service)
        if part is None:
            raise invalid("not_sealed_to_us")
        return sealing.open_part(self._masters, self._service, event_id, about, part)

    async def _load(self, subjects: Collection[str]) -> dict[str, _Known]:
        found = await self._store.load(subjects)
        try:
            return {subject: self._remember(subject, wrapped) for subject, wrapped in found.items()}
        except Refusal:  # while this was read, they may have been wrapped anew and the old wrapping key dropped
            found = await self._store.load(subjects)
            return {subject: self._remember(subject, wrapped) for subject, wrapped in found.items()}

    def _same(self, key: WrappedKey, stands: bytes) -> bool:
        """Whether what stands for the key's subject is this very key, however it is wrapped."""
        if key.wrapped == stands:
            return True
        return stands != DESTROYED and same_key(
            self._unwrap(key.subject, key.wrapped), self._unwrap(key.subject, stands)
        )

    def _bound(self, subject: str) -> bytes:
        return binding("lodestar key 1", self._service, subject)

    def _settle(self, subject: str, wrapped: bytes) -> None:
        known = self._known.get(subject)
        if known is not None and self._same(known.key, wrapped):
            known.cipher.unkept = None
        elif wrapped == DESTROYED:
            self._known.drop(subject)
        else:
            self._remember(subject, wrapped)

    def _remember(self, subject: str, wrapped: bytes, handle: Handle | None = None) -> _Known:
        if handle is None:
            handle = self._unwrap(subject, wrapped)
        cipher = SubjectCipher(self._service, subject, as_aead(handle))
        known = _Known(WrappedKey(subject, wrapped), cipher)
        self._known.put(subject, known)
        return known

    def _unwrap(self, subject: str, wrapped: bytes) -> Handle:
        with suppress(Broken):
            return unwrap(wrapped, self._masters.wrapping, self._bound(subject))
        raise unavailable("key_of_another_master", "no wrapping key of this service opens it")

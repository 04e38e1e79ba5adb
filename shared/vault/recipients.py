"""The public sealing keys of all services, as the deployment hands them out.

Rule: they come from one file of the deployment's configuration and from nowhere else, so nobody on the bus can slip in
a key of their own; a file with a secret in it, or with a key under a foreign name, is refused.

Shape: `{"intake": {"kid", "keyset"}, "notify": [{"kid", "keyset"}, {"kid", "keyset", "primary": true}]}`. One key, or
a list with exactly one primary, which is the one to seal to.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from shared.errors import invalid, unavailable
from shared.vault.locking import alone
from shared.vault.masters import MasterFile, MasterKeys, put_in_place
from shared.vault.primitives import Broken, Sealing, as_sealing, fingerprint, read_public

Key = dict[str, Any]


class PublicKeysets:
    """Whom a value can be sealed to."""

    __slots__ = ("_current",)

    def __init__(self, entries: Mapping[str, Key | list[Key]]) -> None:
        """Errors: Refusal invalid `public_keys_broken`."""
        self._current = {service: _current(service, entry) for service, entry in entries.items()}

    def __repr__(self) -> str:
        return f"PublicKeysets({sorted(self._current)})"

    @classmethod
    def load(cls, path: Path) -> "PublicKeysets":
        """Errors: FileNotFoundError; Refusal invalid `public_keys_broken`."""
        with suppress(ValueError):
            entries = json.loads(path.read_bytes())
            if isinstance(entries, dict):
                return cls(entries)
        raise invalid("public_keys_broken", "the file of public keys is no JSON object")

    def current(self, service: str) -> tuple[str, Sealing]:
        """The kid and key to seal to. Errors: Refusal unavailable `recipient_key_missing`."""
        if service not in self._current:
            raise unavailable("recipient_key_missing", f"the deployment names no public key for {service}")
        return self._current[service]


def public_entry(masters: MasterKeys) -> list[Key]:
    """A service's entry for the file: every key of its ring, the newest as primary."""
    publics = masters.publics()
    newest = list(publics)[-1]
    return [{"kid": kid, "keyset": publics[kid], "primary": kid == newest} for kid in publics]


def publish(path: Path, service: str, master: MasterFile) -> None:
    """Put a service's present keys into the file, in place of its earlier ones; services may do so at once.

    Errors: as `PublicKeysets.load` and `MasterFile.load`.
    """
    with alone(path):
        PublicKeysets.load(path)
        entries = {**json.loads(path.read_bytes()), service: public_entry(master.load())}
        put_in_place(path, json.dumps(entries, indent=1).encode(), replace=True)


def _current(service: str, entry: Key | list[Key]) -> tuple[str, Sealing]:
    with suppress(KeyError, TypeError, ValueError, Broken):
        keys = entry if isinstance(entry, list) else [{**entry, "primary": True}]
        known = {key["kid"]: as_sealing(read_public(key["keyset"])) for key in keys}
        named_rightly = all(key["kid"] == fingerprint(key["keyset"]) for key in keys)
        (primary,) = (key["kid"] for key in keys if key.get("primary"))
        if named_rightly:
            return primary, known[primary]
    raise invalid("public_keys_broken", f"the public keys of {service} cannot be used")

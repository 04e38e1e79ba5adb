"""The transit engine of HashiCorp Vault as the keeper of a master file's key.

Rule: the file on the disk is encrypted under a key of its own, and only the transit engine opens that key, at every
start and every change; so the disk alone, or a backup of it, opens nothing. The client library is imported only where
this is used. Nothing of a token, a key or an answer is in an error.

Shape of the file: `{"kms": "transit", "key": name, "wrapped": "vault:v1:…", "box": base64}`.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import forbidden, invalid, unavailable
from shared.vault.primitives import Broken, Kind, as_aead, binding, dump_secret, new_key, read_secret

TIMEOUT_S = 10


@dataclass(frozen=True)
class Transit:
    """An `Envelope`. key: its name in the engine. token_file: read at every call, so that an agent may renew it.

    Errors of both: Refusal forbidden `kms_refuses`; unavailable `kms_unreachable`, also when it is sealed; invalid
    `kms_key_unknown`, `master_file_broken`; FileNotFoundError for the token.
    """

    url: str
    key: str
    token_file: Path
    mount: str = "transit"
    ca_file: Path | None = None

    def close(self, content: bytes) -> bytes:
        handle = new_key(Kind.WRAPPING)
        secret = b64encode(json.dumps(dump_secret(handle)).encode()).decode()
        with self._engine() as engine:
            answer = engine.encrypt_data(self.key, plaintext=secret, mount_point=self.mount)
        box = as_aead(handle).encrypt(content, self._bound())
        closed = {"kms": "transit", "key": self.key, "wrapped": answer["data"]["ciphertext"]}
        return json.dumps({**closed, "box": b64encode(box).decode()}, indent=1).encode()

    def open(self, content: bytes) -> bytes:
        wrapped, box = _parts(content)
        with self._engine() as engine:
            answer = engine.decrypt_data(self.key, ciphertext=wrapped, mount_point=self.mount)
        with suppress(Broken, KeyError, TypeError, ValueError):
            handle = read_secret(json.loads(b64decode(answer["data"]["plaintext"])))
            return as_aead(handle).decrypt(box, self._bound())
        raise invalid("master_file_broken", "the key management system opened another key than this file's")

    def _bound(self) -> bytes:
        return binding("lodestar ring 1", self.key)

    @contextmanager
    def _engine(self) -> Iterator[Any]:
        import hvac
        import requests
        from hvac import exceptions

        session = requests.Session()
        session.trust_env = False  # no proxy of the environment is shown a key
        token, verify = self.token_file.read_text().strip(), str(self.ca_file) if self.ca_file else True
        client = hvac.Client(self.url, token, verify=verify, timeout=TIMEOUT_S, session=session)
        try:
            yield client.secrets.transit
        except (exceptions.Forbidden, exceptions.Unauthorized):
            raise forbidden("kms_refuses", "the key management system does not let this token use the key") from None
        except (exceptions.InvalidRequest, exceptions.InvalidPath):
            raise invalid("kms_key_unknown", "the key management system has no key that closed this file") from None
        except (exceptions.VaultError, requests.RequestException):
            raise unavailable("kms_unreachable", "the key management system is sealed or does not answer") from None
        finally:
            session.close()


def _parts(content: bytes) -> tuple[str, bytes]:
    with suppress(KeyError, TypeError, ValueError):
        closed = json.loads(content)
        if closed["kms"] == "transit":
            return str(closed["wrapped"]), b64decode(closed["box"], validate=True)
    raise invalid("master_file_broken", "the master file was not closed up by a key management system")

"""The cipher of one person, request or case.

Rule: every ciphertext is bound to the service, the subject and the context it was made for, so one that was moved to
another row, column or person does not open.
"""

from contextlib import suppress
from typing import Any

import orjson

from shared.errors import invalid
from shared.vault.columns import Ciphertext
from shared.vault.keystore import WrappedKey
from shared.vault.primitives import Aead, Broken, binding


class SubjectCipher:
    """The key of a person, request or case, in memory.

    context names the place of the value, down to the row: `"people.name/<id>"`. It must be the same when decrypting.
    unkept: the key while the key store may not hold it yet; keep it before committing what was encrypted here.
    """

    __slots__ = ("_aead", "_owner", "unkept")

    def __init__(self, service: str, subject: str, aead: Aead) -> None:
        self._owner = ("lodestar field 1", service, subject)
        self._aead = aead
        self.unkept: WrappedKey | None = None

    def encrypt(self, context: str, plain: bytes) -> Ciphertext:
        return Ciphertext(self._aead.encrypt(plain, binding(*self._owner, context)))

    def decrypt(self, context: str, box: Ciphertext) -> bytes:
        """Errors: Refusal invalid `ciphertext_broken`, when it was changed or belongs elsewhere."""
        with suppress(Broken):
            return self._aead.decrypt(box.box, binding(*self._owner, context))
        raise invalid("ciphertext_broken", "this ciphertext does not belong here")

    def encrypt_text(self, context: str, text: str) -> Ciphertext:
        return self.encrypt(context, text.encode())

    def decrypt_text(self, context: str, box: Ciphertext) -> str:
        return self.decrypt(context, box).decode()

    def encrypt_json(self, context: str, value: Any) -> Ciphertext:
        return self.encrypt(context, orjson.dumps(value))

    def decrypt_json(self, context: str, box: Ciphertext) -> Any:
        return orjson.loads(self.decrypt(context, box))

"""Keys of persons and requests, encrypted fields, sealed parts, blind indexes.

Rule: personal data is written only under the key of the person (request, case) that it is about, and that key exists
in one place, the key store, wrapped by the master key of one service: destroy it there and nothing opens any more.
A service holds a `Vault`; a process that may only seal holds `PublicKeysets` and calls `seal`.
"""

from shared.vault.columns import Blind, BlindIndex, Ciphertext, Encrypted, context_of
from shared.vault.files import FileKind, Incoming, Stored
from shared.vault.keystore import KEYS, KeyStore, WrappedKey, create_tables
from shared.vault.masters import MasterKeys
from shared.vault.recipients import PublicKeysets, public_entry
from shared.vault.renewing import BlindSource
from shared.vault.sealing import seal
from shared.vault.vault import SubjectCipher, Vault

__all__ = [
    "KEYS",
    "Blind",
    "BlindIndex",
    "BlindSource",
    "Ciphertext",
    "Encrypted",
    "FileKind",
    "Incoming",
    "KeyStore",
    "MasterKeys",
    "PublicKeysets",
    "Stored",
    "SubjectCipher",
    "Vault",
    "WrappedKey",
    "context_of",
    "create_tables",
    "public_entry",
    "seal",
]

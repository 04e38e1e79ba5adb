"""What an encrypted column and a blind index hold, and the column types that accept nothing else.

Rule: a personal field reaches the database as ciphertext or not at all; a plain value given to such a column is a
programming error and raises before the statement runs. Neither kind shows its content when it is printed or logged.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator


@dataclass(frozen=True, slots=True, repr=False)
class Ciphertext:
    """What a `SubjectCipher` made of a value."""

    box: bytes

    def __post_init__(self) -> None:
        _only_bytes(self.box)

    def __repr__(self) -> str:
        return "Ciphertext(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Blind:
    """The keyed image of a value: 32 bytes, equal for equal values, telling nothing without the service's key."""

    image: bytes

    def __post_init__(self) -> None:
        _only_bytes(self.image)

    def __repr__(self) -> str:
        return "Blind(…)"


class Encrypted(TypeDecorator[Ciphertext]):
    """A column of ciphertext. Errors: TypeError for anything but `Ciphertext` and None."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Ciphertext | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Ciphertext):
            raise TypeError("an encrypted column takes only Ciphertext")
        return value.box

    def process_result_value(self, value: Any, dialect: Dialect) -> Ciphertext | None:
        return None if value is None else Ciphertext(bytes(value))


class BlindIndex(TypeDecorator[Blind]):
    """A column to look up by equality. Errors: TypeError for anything but `Blind` and None."""

    impl = LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: Blind | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Blind):
            raise TypeError("a blind index takes only Blind")
        return value.image

    def process_result_value(self, value: Any, dialect: Dialect) -> Blind | None:
        return None if value is None else Blind(bytes(value))


def context_of(column: Column[Any], row: Any) -> str:
    """The context of a value by the place where it lies: table, column and primary key, without what is blind in it."""
    keys = [str(getattr(row, key.name)) for key in column.table.primary_key if not isinstance(key.type, BlindIndex)]
    return f"{column.table.name}.{column.name}/{'/'.join(keys)}"


def _only_bytes(value: object) -> None:
    if not isinstance(value, bytes):
        raise TypeError("bytes only")

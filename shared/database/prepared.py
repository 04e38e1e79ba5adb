"""Statements compiled once, for paths where compiling and caching cost more than running.

Rule: a prepared statement writes; it returns how many rows it touched and nothing else. Its values pass through the
same column types as anywhere else, so a plain value still cannot reach an encrypted column.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Insert
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.dml import UpdateBase

_DIALECTS: Mapping[str, Callable[[], Dialect]] = {
    "sqlite": SQLiteDialect_pysqlite,
    "postgresql": PGDialect_asyncpg,
}


class Prepared:
    """A write, one form per database where they differ.

    columns: of an insert, the ones that get values; a caller gives every one of them.
    """

    def __init__(self, *forms: UpdateBase, columns: Sequence[str] = ()) -> None:
        self._forms = {name: _Form(_fitting(forms, name), make(), columns) for name, make in _DIALECTS.items()}

    def on(self, dialect: str) -> "_Form":
        return self._forms[dialect]


class _Form:
    """SQL of one dialect, and how a row of named values becomes its parameters."""

    def __init__(self, statement: UpdateBase, dialect: Dialect, columns: Sequence[str]) -> None:
        keys = list(columns) if isinstance(statement, Insert) and columns else None
        compiled = statement.compile(dialect=dialect, column_keys=keys)
        self.sql = str(compiled)
        names: Sequence[str] = compiled.positiontup or ()
        binds = {name: compiled.binds[name] for name in names}
        self._constants = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._places = [(name, _processor(bind.type, dialect)) for name, bind in binds.items()]

    def parameters(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        given = {**self._constants, **row} if self._constants else row
        return tuple([given[name] if process is None else process(given[name]) for name, process in self._places])


def _processor(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _fitting(forms: Sequence[UpdateBase], dialect: str) -> UpdateBase:
    """The form made for `dialect`, or the one for all."""
    for form in forms:
        if f".{dialect}." in type(form).__module__ + ".":
            return form
    return forms[0]

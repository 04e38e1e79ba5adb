"""What lies in databases goes over to new keys: wrapped keys, what is under the service's own key, blind indexes.

Rule: done in small transactions beside the running service, after every process writes with the new key, and may be
done again. What is under the service's own key has the context `table.column/primary key`, and every blind index is
made of an encrypted column of its row; so both can be made again from the row alone. Who was erased gets images of
nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, func, literal, or_, select, true, tuple_, update

from shared.database import Database, Transaction
from shared.errors import Refusal
from shared.vault.columns import Blind, BlindIndex, Encrypted, context_of
from shared.vault.keystore import KeyStore
from shared.vault.vault import Vault

PAGE = 100


@dataclass(frozen=True)
class BlindSource:
    """What the blind indexes of a table are made of.

    source: the encrypted column; subject: the column that names whose key opens it; images: of all blind indexes of a
    row, from the row and what its source says.
    """

    source: Column[Any]
    subject: Column[Any]
    images: Callable[[Vault, Any, bytes], Mapping[str, Blind]]


async def renew_wrapped(store: KeyStore, vault: Vault) -> int:
    """Wrap every key of the store with the wrapping key in use; returns how many there are."""
    count, after = 0, ""
    while page := await store.page(after, PAGE):
        await store.exchange([(key, vault.rewrapped(key)) for key in page])
        count, after = count + len(page), page[-1].subject
    return count


async def renew_own(database: Database, vault: Vault, tables: Iterable[Table]) -> list[str]:
    """Encrypt with the own key in use whatever older ones encrypted; returns columns in which something stayed."""
    stayed: set[str] = set()
    for table in tables:
        columns = [column for column in table.columns if isinstance(column.type, Encrypted)]
        if columns and vault.masters.retired_own:
            older = or_(*(_begins(column, vault.masters.retired_own) for column in columns))

            async def renew(tx: Transaction, row: Any, columns: Sequence[Column[Any]] = columns) -> None:
                stayed.update(await _renew_row(tx, vault, columns, row))

            await _each(database, table, older, renew)
    return sorted(stayed)


async def renew_blind(database: Database, vault: Vault, sources: Iterable[BlindSource]) -> None:
    """Make every blind index again with the blind key in use."""
    for source in sources:

        async def renew(tx: Transaction, row: Any, source: BlindSource = source) -> None:
            images = await _images(vault, source, row)
            changed = {name: image for name, image in images.items() if image != getattr(row, name)}
            if changed:
                await tx.execute(update(source.source.table).where(_same(row, source.source.table)).values(changed))

        await _each(database, source.source.table, true(), renew)


async def left_wrapped(store: KeyStore, kept: Vault) -> int:
    """How many keys of the store the wrapping keys of `kept` do not open."""
    count, after = 0, ""
    while page := await store.page(after, PAGE):
        count, after = count + sum(not kept.opens(key) for key in page), page[-1].subject
    return count


async def left_own(database: Database, vault: Vault, tables: Iterable[Table]) -> int:
    """How many values older keys for the service itself encrypted."""

    async def count(tx: Transaction) -> int:
        found = 0
        for column in (column for table in tables for column in table.columns if isinstance(column.type, Encrypted)):
            older = select(func.count()).where(_begins(column, vault.masters.retired_own))
            found += (await tx.execute(older)).scalar_one()
        return found

    return await database.transact(count) if vault.masters.retired_own else 0


async def left_blind(database: Database, vault: Vault, sources: Iterable[BlindSource]) -> int:
    """How many rows the blind key in use does not find; who was erased is found by none."""
    left = 0
    for source in sources:

        async def look(_: Transaction, row: Any, source: BlindSource = source) -> None:
            nonlocal left
            images = await _found_by(vault, source, row) or {}
            left += any(image != getattr(row, name) for name, image in images.items())

        await _each(database, source.source.table, true(), look)
    return left


async def _each(
    database: Database, table: Table, wanted: Any, handle: Callable[[Transaction, Any], Awaitable[None]]
) -> None:
    """Hand every wanted row over, locked, in the order of the primary key."""
    keys, after = list(table.primary_key), None

    async def page(tx: Transaction) -> tuple[Any, ...] | None:
        query = select(table).where(wanted).order_by(*keys).limit(PAGE).with_for_update()
        if after is not None:
            last = [literal(value, key.type) for key, value in zip(keys, after, strict=True)]
            query = query.where(tuple_(*keys) > tuple_(*last))
        rows = (await tx.execute(query)).all()
        for row in rows:
            await handle(tx, row)
        return tuple(getattr(rows[-1], key.name) for key in keys) if rows else None

    while (after := await database.transact(page)) is not None:
        pass


async def _renew_row(tx: Transaction, vault: Vault, columns: Sequence[Column[Any]], row: Any) -> list[str]:
    stayed, renewed = [], {}
    for column in columns:
        box = getattr(row, column.name)
        if box is None or not box.box.startswith(vault.masters.retired_own):
            continue
        context = context_of(column, row)
        try:
            renewed[column.name] = vault.own().encrypt(context, vault.own().decrypt(context, box))
        except Refusal:
            stayed.append(str(column))
    if renewed:
        table = columns[0].table
        await tx.execute(update(table).where(_same(row, table)).values(renewed))
    return stayed


async def _images(vault: Vault, source: BlindSource, row: Any) -> Mapping[str, Blind]:
    images = await _found_by(vault, source, row)
    if images is None:
        blind = [column.name for column in source.source.table.columns if isinstance(column.type, BlindIndex)]
        return {name: vault.blind_nothing() for name in blind}
    return images


async def _found_by(vault: Vault, source: BlindSource, row: Any) -> Mapping[str, Blind] | None:
    box, subject = getattr(row, source.source.name), getattr(row, source.subject.name)
    cipher = None if box is None else (await vault.ciphers([subject])).get(subject)
    if cipher is None:
        return None
    return source.images(vault, row, cipher.decrypt(context_of(source.source, row), box))


def _begins(column: Column[Any], marks: Sequence[bytes]) -> Any:
    return func.substr(column, 1, len(marks[0]), type_=LargeBinary()).in_(marks)


def _same(row: Any, table: Any) -> Any:
    return tuple_(*table.primary_key) == tuple_(
        *(literal(getattr(row, key.name), key.type) for key in table.primary_key)
    )

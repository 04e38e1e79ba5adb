"""Encrypted columns and blind indexes take nothing that is not encrypted or blinded."""

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError
from sqlalchemy.schema import CreateTable

from shared.vault import Blind, BlindIndex, Ciphertext, Encrypted

PEOPLE = Table(
    "people",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", Encrypted),
    Column("name_index", BlindIndex),
)


@pytest.fixture
async def people(open_database, tmp_path: Path):
    database = await open_database(tmp_path / "main.db")
    await database.transact(lambda tx: tx.execute(CreateTable(PEOPLE)))
    return database


async def test_ciphertext_round_trip(people) -> None:
    """Ciphertext, blind values and nothing at all come back as they were written."""
    rows = [
        {"id": 1, "name": Ciphertext(b"\x00\xff"), "name_index": Blind(b"\x01" * 32)},
        {"id": 2, "name": None, "name_index": None},
    ]
    await people.transact(lambda tx: tx.execute(insert(PEOPLE), rows))

    async def read(tx):
        found = await tx.execute(select(PEOPLE).where(PEOPLE.c.name_index == Blind(b"\x01" * 32)))
        return found.all(), (await tx.execute(select(PEOPLE).where(PEOPLE.c.id == 2))).all()

    assert await people.transact(read) == ([(1, Ciphertext(b"\x00\xff"), Blind(b"\x01" * 32))], [(2, None, None)])


@pytest.mark.parametrize("column", ["name", "name_index"])
@pytest.mark.parametrize("plain", ["Aslan", b"Aslan", bytearray(b"Aslan"), 7])
async def test_plain_value_is_refused(people, column: str, plain: object) -> None:
    """A plain value never reaches an encrypted column or a blind index."""
    with pytest.raises(StatementError) as refused:
        await people.transact(lambda tx: tx.execute(insert(PEOPLE), {"id": 1, column: plain}))
    assert isinstance(refused.value.orig, TypeError)


async def test_each_takes_only_its_own_kind(people) -> None:
    """A blind value is no ciphertext, and ciphertext no blind value."""
    for row in ({"name": Blind(b"\x01" * 32)}, {"name_index": Ciphertext(b"\x01" * 32)}):
        with pytest.raises(StatementError) as refused:
            await people.transact(lambda tx, row=row: tx.execute(insert(PEOPLE), row))
        assert isinstance(refused.value.orig, TypeError)


async def test_plain_value_is_refused_in_a_condition(people) -> None:
    """Looking for a plain value in a blind index is refused, too."""
    with pytest.raises(StatementError) as refused:
        await people.transact(lambda tx: tx.execute(select(PEOPLE).where(PEOPLE.c.name_index == b"Aslan")))
    assert isinstance(refused.value.orig, TypeError)


def test_content_does_not_show() -> None:
    """Neither printing nor formatting shows what a ciphertext or blind value holds."""
    assert (repr(Ciphertext(b"secret")), f"{Ciphertext(b'secret')}") == ("Ciphertext(…)", "Ciphertext(…)")
    assert (repr(Blind(b"secret")), f"{Blind(b'secret')}") == ("Blind(…)", "Blind(…)")


@pytest.mark.parametrize("kind", [Ciphertext, Blind])
def test_text_is_no_ciphertext(kind) -> None:
    """Text cannot be passed off as ciphertext or blind value."""
    with pytest.raises(TypeError):
        kind("Aslan")

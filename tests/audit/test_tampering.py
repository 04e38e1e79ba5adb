"""Whoever can write to a service's database cannot change what its audit log said: each way of trying is told in one
line.

Rule: the log of a ledger has twelve links; the mirror heard of the fourth and the tenth. A thief knows the program,
and makes links anew where that helps.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from deploy.audit import verify
from shared.access import Actor
from shared.audit import ABOUT, AUDIT, CHAIN, LINKS, link_rows
from shared.audit.chain import Head
from shared.audit.witnesses import KEEP_HEAD, heard
from shared.clock import new_id
from shared.database import Database, Transaction
from shared.work import Batch, Cause
from tests.support.databases import database_url
from tests.support.ledger import Site, only_database
from tests.support.room import NOON

LENGTH = 12
HEARD = (4, 10)

Theft = Callable[[Transaction], Awaitable[None]]


class Logs:
    """The ledger's database with its log, and the mirror's, which holds what it heard."""

    def __init__(self, ledger: Site, mirror: Site) -> None:
        self.urls = {"ledger": ledger.database_url, "mirror": mirror.database_url}
        self._ledger, self._mirror = ledger, mirror

    async def fill(self) -> None:
        for site in (self._ledger, self._mirror):
            await site.prepare()
        tools = self._ledger.tools(Database(f"sqlite:///{self._ledger.folder}/unused.db"))
        async with only_database(self._ledger) as ledger, only_database(self._mirror) as mirror:

            async def look(tx: Transaction) -> None:
                for number in range(1, LENGTH + 1):
                    async with Batch.of(tx, tools).work(Actor(new_id(), "staff"), Cause(new_id())) as work:
                        work.audit(f"look_{number}", case_id=f"{number:032x}")

            await ledger.transact(look)
            await ledger.transact(lambda tx: link_rows(tx, LENGTH))
            for number in HEARD:
                head = await ledger.transact(lambda tx, number=number: head_at(tx, number))
                await mirror.transact(lambda tx, head=head: tx.run(KEEP_HEAD, [heard("ledger", head, NOON)]))

    async def stolen(self, *thefts: Theft) -> list[str]:
        """What is found when a thief did this to the ledger's database, one thing after the other."""
        async with only_database(self._ledger) as ledger:
            for theft in thefts:
                await ledger.transact(theft)
        (verdict,) = await verify(self.urls, ["ledger"])
        return list(verdict.findings)


@pytest.fixture(params=["sqlite", "postgresql"])
async def logs(request: pytest.FixtureRequest, tmp_path: Path) -> Logs:
    kinds = {"ledger": request.param, "mirror": "sqlite"}
    made = Logs(*(Site(name, tmp_path, database_url(kinds[name], tmp_path, name), "", "") for name in NAMES))
    await made.fill()
    return made


NAMES = ("ledger", "mirror")


async def head_at(tx: Transaction, number: int) -> Head:
    chain_id = (await tx.execute(select(CHAIN.c.id))).scalar_one()
    found = (await tx.execute(select(LINKS.c.hash).where(LINKS.c.number == number))).scalar_one()
    return Head(chain_id, number, bytes(found))


async def seq_of(tx: Transaction, number: int) -> int:
    return int((await tx.execute(select(LINKS.c.seq).where(LINKS.c.number == number))).scalar_one())


def changed(number: int, **values: Any) -> Theft:
    """Another row in the place of the one that was written."""

    async def theft(tx: Transaction) -> None:
        await tx.execute(update(AUDIT).where(AUDIT.c.seq == await seq_of(tx, number)).values(values))

    return theft


def without_row(number: int) -> Theft:
    async def theft(tx: Transaction) -> None:
        await tx.execute(delete(AUDIT).where(AUDIT.c.seq == await seq_of(tx, number)))

    return theft


def without_links(first: int, last: int) -> Theft:
    async def theft(tx: Transaction) -> None:
        for table in (LINKS, ABOUT):
            await tx.execute(delete(table).where(table.c.number.between(first, last)))

    return theft


def renumbered(first: int, by: int) -> Theft:
    """The links from `first` on get other numbers."""

    async def theft(tx: Transaction) -> None:
        for table in (LINKS, ABOUT):
            rows = (await tx.execute(select(table).where(table.c.number >= first))).mappings().all()
            await tx.execute(delete(table).where(table.c.number >= first))
            if rows:
                await tx.execute(insert(table), [{**row, "number": row["number"] + by} for row in rows])

    return theft


def swapped(one: int, other: int, *what: str) -> Theft:
    """Two links change places, with their hashes or only with the rows they point to."""

    async def theft(tx: Transaction) -> None:
        links = {
            row["number"]: row
            for row in (await tx.execute(select(LINKS).where(LINKS.c.number.in_([one, other])))).mappings()
        }
        await tx.execute(delete(LINKS).where(LINKS.c.number.in_([one, other])))
        exchanged = {name: (links[other][name], links[one][name]) for name in what}
        for place, number in enumerate((one, other)):
            row = {**links[number], **{name: values[place] for name, values in exchanged.items()}}
            await tx.execute(insert(LINKS), row)

    return theft


def made_anew(first: int) -> Theft:
    """Every link from `first` on is made anew by the program itself, as if the rows had always been so."""

    async def theft(tx: Transaction) -> None:
        await without_links(first, LENGTH)(tx)
        await link_rows(tx, LENGTH, everywhere=True)

    return theft


async def another_log(tx: Transaction) -> None:
    await tx.execute(update(CHAIN).values(id=new_id()))


async def test_an_untouched_log_is_whole(logs: Logs) -> None:
    """Nothing is found, and all of it was looked at."""
    (ledger, mirror) = await verify(logs.urls, NAMES)
    assert (ledger.links, ledger.heard, ledger.unlinked, ledger.findings) == (12, 2, 0, ())
    assert (mirror.links, mirror.heard, mirror.findings) == (0, 0, ())


async def test_a_changed_row_is_found(logs: Logs) -> None:
    """Who, what, whom, when and whether it was refused: none can be another afterwards."""
    assert await logs.stolen(changed(6, actor_id=new_id())) == ["link 6: its row is not the one that was written"]
    for values in ({"verb": "nothing"}, {"denied": True}, {"subjects": "[]x"}, {"at": NOON}, {"case_id": None}):
        assert await logs.stolen(changed(6, **values)) == ["link 6: its row is not the one that was written"]
    after = "link 11: its row was changed, or rows before it were removed or put in"
    assert (await logs.stolen(changed(11, verb="nothing")))[-1] == after


async def test_a_removed_row_is_found(logs: Logs) -> None:
    """Whether its link is left, taken away as well, or the later ones are numbered anew."""
    found = await logs.stolen(without_row(6), without_row(7))
    assert found == ["links 6 to 7 are without a row: what they showed was removed"]


async def test_a_removed_link_is_found(logs: Logs) -> None:
    """A hole in the numbers is one line."""
    found = await logs.stolen(without_row(6), without_links(6, 6))
    assert found == ["link 6 is gone, with what they showed"]


async def test_removed_rows_are_found_behind_new_numbers(logs: Logs) -> None:
    """The heads that others heard now stand at other numbers."""
    found = await logs.stolen(without_row(6), without_row(7), without_links(6, 7), renumbered(8, by=-2))
    assert found == ["link 6: before it 2 rows were removed"]


async def test_a_cut_off_end_is_found(logs: Logs) -> None:
    """The chain itself holds; the mirror heard of more."""
    cut = [without_row(number) for number in range(8, LENGTH + 1)]
    found = await logs.stolen(*cut, without_links(8, LENGTH))
    assert found == ["the log ends at link 7, but mirror heard of link 10: its end was cut off"]


@pytest.mark.parametrize("what", [("seq",), ("seq", "hash")])
async def test_another_order_is_found(logs: Logs, what: tuple[str, ...]) -> None:
    """Rows that changed places, alone or with their hashes."""
    found = await logs.stolen(swapped(6, 7, *what))
    last = 7 if what == ("seq",) else 8
    assert found == [f"links 6 to {last} are in another order than they were written"]


async def test_a_log_made_anew_is_found(logs: Logs) -> None:
    """A row is changed and every link from it on made anew: the chain holds, but is not the one that was heard of."""
    found = await logs.stolen(changed(6, verb="nothing"), made_anew(6))
    assert found == ["link 10 is not the one that mirror heard of: rewritten after link 4"]


async def test_a_log_made_anew_from_its_first_link_is_found(logs: Logs) -> None:
    """As above, with nothing left of what was heard."""
    found = await logs.stolen(changed(1, verb="nothing"), made_anew(1))
    assert found == ["link 4 is not the one that mirror heard of: rewritten after link 0"]


async def test_a_log_that_was_replaced_is_found(logs: Logs) -> None:
    """Another chain, with another id, in the place of the one that was heard of."""
    found = await logs.stolen(another_log, made_anew(1))
    assert found == ["this is another log than mirror heard of: it was replaced as a whole"]


async def test_an_index_that_hides_is_found(logs: Logs) -> None:
    """The log is whole, but a search would not show everything."""

    async def hide(tx: Transaction) -> None:
        await tx.execute(delete(ABOUT).where(ABOUT.c.number == 5))

    assert await logs.stolen(hide) == ["the index lacks 1 places: a search would not show all"]


async def test_an_index_that_leads_elsewhere_is_found(logs: Logs) -> None:
    """Who searches for one case is shown a row of another: as good as hidden."""

    async def mislead(tx: Transaction) -> None:
        await tx.execute(update(ABOUT).where(ABOUT.c.number == 5).values(seq=await seq_of(tx, 6)))

    assert await logs.stolen(mislead) == ["the index lacks 1 places: a search would not show all"]


async def test_an_index_that_makes_up_looks_is_found(logs: Logs) -> None:
    """Somebody's look stands where it is searched for under a case that they never saw."""

    async def slander(tx: Transaction) -> None:
        await tx.execute(insert(ABOUT).values(about=f"{3:032x}", number=5, seq=await seq_of(tx, 5)))

    said = "the index has 1 places that no row names: a search would show what was not"
    assert await logs.stolen(slander) == [said]


async def test_what_nobody_heard_of_is_not_covered(logs: Logs) -> None:
    """Said in docs/security.md: the end of a log that was not told yet can be made anew."""
    assert await logs.stolen(changed(11, verb="nothing"), made_anew(11)) == []

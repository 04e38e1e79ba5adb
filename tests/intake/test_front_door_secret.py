"""The secret of the front door is turned over while it serves: no receipt is lost, and nobody can tell its secret."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.intake.front_door import secret_file
from services.intake.front_door.store import THREADS
from shared.database import Transaction
from shared.errors import Refusal
from tests.intake.test_front_door import answer, count, the_thread
from tests.support.door import House, open_house
from tests.support.statements import statements


async def turn(house: House, step: str) -> list[str]:
    """One step, and every process has followed."""
    said = await secret_file.STEPS[step](house.owned, house.settings.secret_file)
    house.locks.renew(secret_file.read(house.settings.secret_file))
    return said


async def locks_of(house: House) -> list[str | None]:
    async def job(tx: Transaction) -> list[Any]:
        return list((await tx.execute(select(THREADS.c.lock).order_by(THREADS.c.lock))).scalars())

    return await house.owned.transact(job)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_receipt_opens_before_between_and_after(tmp_path: Path, kind: str) -> None:
    """Made under the old secret, while the new one is known, and under the new one: each is read, written on and
    answered at every step; a form that was open meanwhile is sent once; the old secret goes with its last receipt."""
    async with open_house(tmp_path, kind) as house:
        codes = [await house.ask(name="Old")]
        await house.carry()
        thread = await the_thread(house)
        assert (await answer(house, thread["request_id"], "We have read it.", 1)).status_code == 200
        await house.carry()
        (old,) = secret_file.read(house.settings.secret_file)
        words, draft = await house.receipt(name="Between")
        form = {"draft": draft, "word_2": words[1], "word_5": words[4]}
        assert (await house.post("/en/receipt/sent", **form)).status_code == 200
        codes.append(" ".join(words))
        open_page = await house.come_back("en", codes[0])
        await turn(house, "add")
        await turn(house, "use")
        with pytest.raises(Refusal, match="door_secret_used"):
            await turn(house, "use")
        new = secret_file.read(house.settings.secret_file)[0]
        assert secret_file.read(house.settings.secret_file) == (new, old)
        again = await house.post("/en/receipt/sent", **form)
        assert again.status_code == 200
        assert (await house.write("message", again, text="One thing more.")).status_code == 200
        codes.append(await house.ask(name="New"))
        assert (await house.write("message", open_page, text="From an open page.")).status_code == 200
        await house.carry()
        pages = [await house.come_back("en", code) for code in codes]
        assert [page.status_code for page in pages] == [200, 200, 200]
        assert ["We have read it." in page.text for page in pages] == [True, False, False]
        assert sorted(locks_of_now := await locks_of(house)) == sorted(
            [secret_file.name_of(old), secret_file.name_of(old), secret_file.name_of(new)]
        )
        assert len(locks_of_now) == 3
        assert any("2 receipts" in line for line in await turn(house, "show"))
        assert await turn(house, "retire") == [f"{secret_file.name_of(old)} stays: 2 receipts"]
        for page in pages[:2]:
            assert (await house.write("withdrawal", page, sure="yes")).status_code == 200
        await house.carry()
        assert await turn(house, "retire") == [f"{secret_file.name_of(old)} is gone"]
        assert secret_file.read(house.settings.secret_file) == (new,)
        assert [(await house.come_back("en", code)).status_code for code in codes] == [404, 404, 200]


async def test_nobody_can_tell_which_secret_a_code_is_under(tmp_path: Path) -> None:
    """A code that never was and one that is over: the same bytes, hashes and statements; one under the old secret and
    one under the new: as many hashes, and the same statements to find them."""
    async with open_house(tmp_path) as house:
        old, over = await house.ask(), await house.ask()
        await turn(house, "add")
        await turn(house, "use")
        new = await house.ask()
        never = " ".join((await house.receipt())[0])
        await house.write("withdrawal", await house.come_back("en", over), sure="yes")
        did: dict[str, tuple[Any, ...]] = {}
        for name, code in (("never", never), ("over", over), ("old", old), ("new", new)):
            before = house.locks.computed
            with statements() as said:
                page = await house.come_back("en", code)
            content = page.content if page.status_code == 404 else b""
            did[name] = (page.status_code, content, house.locks.computed - before, tuple(said))
        assert did["never"] == did["over"]
        assert did["old"] == did["new"]
        assert [did[name][2] for name in did] == [2, 2, 2, 2]
        assert did["old"][3][: len(did["never"][3])] == did["never"][3]


async def test_receipts_of_before_the_names_are_counted_for_every_secret(tmp_path: Path) -> None:
    """Rows without a name get that of the only secret when one is added; while there are any, nothing is dropped."""
    async with open_house(tmp_path) as house:
        code = await house.ask()

        async def unname(tx: Transaction) -> None:
            await tx.execute(THREADS.update().values(lock=None))

        await house.owned.transact(unname)
        await turn(house, "add")
        (first, _) = secret_file.read(house.settings.secret_file)
        assert await locks_of(house) == [secret_file.name_of(first)]
        await turn(house, "use")
        await house.owned.transact(unname)
        assert (await turn(house, "retire"))[0].endswith("stays: 0 receipts")
        assert (await house.come_back("en", code)).status_code == 200
        assert await count(house.owned, THREADS) == 1


async def test_a_running_front_door_follows_its_file_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    """Too many, a piece of one, one twice, or open to others: refused, and what was known stays."""
    path = tmp_path / "secret"
    seen: list[tuple[bytes, ...]] = []

    def keep(content: bytes, mode: int = 0o600) -> None:
        other = path.with_suffix(".new")
        other.write_bytes(content)
        other.chmod(mode)
        other.replace(path)

    one, two = b"1" * 32, b"2" * 32
    keep(one)
    following = asyncio.create_task(secret_file.follow(path, lambda kept: seen.append(tuple(kept))))
    for content, mode in ((two + one, 0o600), (two[:-1], 0o600), (one + one, 0o600), (two, 0o644), (two, 0o600)):
        await asyncio.sleep(1.3)
        keep(content, mode)
    await asyncio.sleep(1.3)
    following.cancel()
    assert seen == [(one,), (two, one), (two,)]
    with pytest.raises(Refusal, match="door_secret_broken"):
        secret_file.split(b"".join(bytes([n]) * 32 for n in range(4)))

"""The front door's database goes down and up again with threads, letters and answers in it, and nothing is lost."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from services.intake.front_door.service import MIGRATIONS
from shared.database.migrations import migrate
from tests.intake.test_front_door import answer, spoil, the_thread
from tests.support.door import open_house

COLUMNS = {"door_threads": "handle, id", "door_letters": "number, id, thread_id, kid, stuck", "door_answers": "id"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_down_to_the_first_revision_and_up_again(tmp_path: Path, kind: str) -> None:
    """A thread with an answer, one with a letter that cannot be opened and one behind it: the same rows after it, the
    receipts open, the role may do what it might and no more, and letters come in."""
    async with open_house(tmp_path, kind) as house:
        code = await house.ask()
        await house.carry()
        thread = await the_thread(house)
        assert (await answer(house, thread["request_id"], "We have read it.", 1)).status_code == 200
        await house.carry()
        stuck = await house.ask(name="Stuck")
        await spoil(house)
        assert (await house.write("message", await house.come_back("en", stuck), text="And?")).status_code == 200
        await house.carry()

        async def rows() -> dict[str, list[tuple[object, ...]]]:
            return {
                table: [tuple(row) for row in await house.owned_rows(f"SELECT {columns} FROM {table} ORDER BY id")]
                for table, columns in COLUMNS.items()
            }

        before = await rows()
        assert [len(found) for found in before.values()] == [2, 2, 1]
        for target in ("0001", "head"):
            await migrate(house.owned.url, MIGRATIONS, target)
            assert await rows() == before
        assert "We have read it." in (await house.come_back("en", code)).text
        assert (await house.write("message", await house.come_back("en", code), text="Thank you.")).status_code == 200
        await house.carry()
        left = await house.owned_rows("SELECT id FROM door_letters WHERE stuck")
        assert len(left) == 1
        if kind == "postgresql":
            role = make_url(house.settings.database_url).username
            may = f"SELECT has_table_privilege('{role}', 'door_letters', 'SELECT')"
            assert [tuple(row) for row in await house.owned_rows(may)] == [(False,)]
            secured = await house.owned_rows(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relname LIKE 'door_%' ORDER BY relname"
            )
            assert [row.relname for row in secured] == ["door_answers", "door_letters", "door_threads"]

"""The history of settlement's tables."""

from pathlib import Path

import pytest

from services.settlement.service import blueprint
from shared.database import FOUNDATION
from shared.database.migrations import at_head, differences, migrate
from tests.support.databases import database_url


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_migrations_make_the_tables_of_the_code_and_take_them_away(kind: str, tmp_path: Path) -> None:
    """Up, nothing differs; down and up again, nothing differs."""
    url, made = database_url(kind, tmp_path, "settlement"), blueprint()
    for _ in range(2):
        await migrate(url, made.migrations)
        assert await at_head(url, made.migrations)
        assert await differences(url, [FOUNDATION, made.metadata]) == []
        await migrate(url, made.migrations, "base")

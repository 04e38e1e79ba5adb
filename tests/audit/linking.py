"""A linker in a process of its own, to be killed: `python -m tests.audit.linking SITE`."""

import asyncio
import json
import sys
from pathlib import Path

from shared.database import Database
from shared.linker import Linker
from tests.support.ledger import TOPOLOGY, Site


async def link(site: Site) -> None:
    database, keys = Database(site.database_url), Database(f"sqlite:///{site.folder}/unused.db")
    await database.open()
    await Linker(database, site.tools(keys), TOPOLOGY, every_s=60).run()


if __name__ == "__main__":
    raw = json.loads(sys.argv[1])
    asyncio.run(link(Site(**{**raw, "folder": Path(raw["folder"])})))

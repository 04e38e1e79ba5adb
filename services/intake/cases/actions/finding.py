"""By what a case is found: its code name."""

from services.intake.cases.store import lifecycle as store
from services.intake.search import actions as search
from services.intake.search.model import About, Term
from shared.work import Work

INDEX = "index_cases"


async def be_found(work: Work, case_id: str, code_name: str) -> None:
    await search.index(work, About("case", case_id, case_id), [Term("code_name", code_name)])


async def index_again(work: Work, after: str) -> None:
    """The timer of the walk through all cases."""

    async def one(work: Work, case_id: str) -> None:
        await be_found(work, case_id, (await store.load(work, case_id)).code_name)

    await search.walk(work, INDEX, await store.ids_behind(work, after, search.STEP), one)


TIMERS = {INDEX: index_again}

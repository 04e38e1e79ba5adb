"""What a person's own copy holds of letters: those of the requests that they made themselves, both ways.

Rule: a copy that was given before is in none, or each would hold all earlier ones.
"""

from typing import Any

from services.intake.people.actions import Whose
from services.intake.requests import actions as requests
from services.intake.threads import store
from shared.work import Work

MOST = 1000
"""How many letters a copy holds at most."""


async def copy_of(work: Work, whose: Whose) -> list[dict[str, Any]]:
    """For their own copy. The caller checked access."""
    letters = await store.letters_of(work, await requests.own_of(work, whose), None, MOST)
    return [
        {"kind": it.kind, "language": it.language, "text": it.text, "at": it.at, "file": it.file is not None}
        for it in letters.items
        if it.kind != "copy_given"
    ]

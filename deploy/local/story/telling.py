"""What the story knows while it is told, and when it begins."""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from deploy.local.state import write_private
from deploy.local.story import cast
from deploy.local.story.client import Stage
from deploy.local.story.partner import Partner

BEGIN = datetime(2017, 4, 1, 9, 0, tzinfo=UTC)


@dataclass
class Telling:
    """What the story knows so far: the ids that the services gave to its people and things."""

    stage: Stage
    partner: Partner
    groups: list[cast.Group] = field(default_factory=cast.groups)
    requests: dict[int, str] = field(default_factory=dict)
    cases: dict[int, str] = field(default_factory=dict)
    people: dict[int, list[str]] = field(default_factory=dict)
    withdrawable: tuple[str, int] = ("", 0)
    """The consent that will be taken back, and its version."""
    programme: str = ""
    submissions: dict[int, str] = field(default_factory=dict)
    journeys: dict[int, str] = field(default_factory=dict)
    before: dict[str, int | None] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    statements: list[tuple[str, int]] = field(default_factory=list)
    """Of the first cases, each with its version."""
    evidence: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    """What it came to."""
    alert_steps: list[str] = field(default_factory=list)

    async def once(self, name: str, do: Coroutine[Any, Any, Any]) -> Any:
        """What can be read only once is kept beside the installation, for when the story is told again."""
        path = self.stage.plan.state.path / "story.json"
        kept = orjson.loads(path.read_bytes()) if path.exists() else {}
        if name in kept:
            do.close()
        else:
            kept[name] = await do
            write_private(path, orjson.dumps(kept))
        return kept[name]

    async def refused(self, name: str, attempt: Coroutine[Any, Any, str]) -> None:
        """Something that the rules forbid is tried, and refused."""
        self.refusals[name] = await self.once(name, attempt)

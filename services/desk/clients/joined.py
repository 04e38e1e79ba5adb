"""Asking several services at once, and keeping apart what they told and who told nothing."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from services.desk.clients.api import UnansweredError

T = TypeVar("T")


@dataclass(frozen=True)
class Joined(Generic[T]):
    """told: what each service said. missing: why the others said nothing."""

    told: Mapping[str, T] = field(default_factory=dict)
    missing: Mapping[str, UnansweredError] = field(default_factory=dict)


async def joined(asked: Mapping[str, Coroutine[Any, Any, T]]) -> Joined[T]:
    """Await all at once; a service that fails does not keep the others from being heard."""
    answers = dict(zip(asked, await asyncio.gather(*asked.values(), return_exceptions=True), strict=True))
    for answer in answers.values():
        if isinstance(answer, BaseException) and not isinstance(answer, UnansweredError):
            raise answer
    told = {name: answer for name, answer in answers.items() if not isinstance(answer, BaseException)}
    return Joined(told, {name: answer for name, answer in answers.items() if isinstance(answer, UnansweredError)})

"""Colleagues as the desk asks intake for them."""

from services.desk.clients.api import Said
from services.desk.clients.service import Service


class Colleague(Said):
    """Somebody of staff, by the name that colleagues know."""

    id: str
    name: str
    version: int


class Colleagues(Service):
    """Intake, asked who is who among staff."""

    async def all(self) -> tuple[Colleague, ...]:
        return await self.every("/colleagues", Colleague)

    async def introduce(self, name: str, key: str) -> Colleague:
        """Whoever is signed in, by this name unless they have one."""
        return await self.post("/colleagues", Colleague, key, {"name": name})

    async def rename(self, actor_id: str, name: str, version: int, key: str) -> None:
        await self.post(f"/colleagues/{actor_id}", Colleague, key, {"name": name}, version)

"""What can be done with a house: register it, look at it, move it on.

Rule: an address is shown by `see_house` alone, to who may see that one; every time it is shown stands in the audit log.
"""

from collections import Counter
from dataclasses import dataclass, replace

from services.logistics.safe_houses.actions import stays
from services.logistics.safe_houses.model import houses as model
from services.logistics.safe_houses.model.houses import House, HouseState
from services.logistics.safe_houses.store import houses as store
from services.logistics.safe_houses.store import stays as beds
from shared.access import Resource
from shared.clock import new_id
from shared.errors import conflict
from shared.work import Work


@dataclass(frozen=True)
class HouseDetails:
    """A house with its free beds; address: only for who may see it."""

    house: House
    beds_free: int
    address: str | None = None


async def register(
    work: Work, code_name: str, region: str, beds_count: int, max_cases: int, keeper_id: str | None, address: str
) -> HouseDetails:
    """A house is offered: it begins as a prospect. Errors: Refusal conflict for a code name in use."""
    house = House(new_id(), code_name, region, beds_count, max_cases, keeper_id, "prospect", 1)
    work.permit("register_house", _resource(house))
    work.create_key(house.id)
    if not await store.add(work, house, store.seal_address(await work.cipher(house.id), house.id, address)):
        raise conflict("code_name_in_use", "Choose another code name.")
    work.audit("register_house", subjects=[house.id])
    return HouseDetails(house, beds_count)


async def see_houses(work: Work, after: str | None, limit: int) -> list[HouseDetails]:
    """The houses that the actor may see, without addresses."""
    houses = await store.page(work, after, limit)
    taken = Counter(await beds.beds_taken(work, [house.id for house in houses]))
    taken.update(it.house_id for it in await stays.hidden_in(work, [house.id for house in houses]))
    work.audit("see_houses", subjects=[house.id for house in houses])
    return [HouseDetails(house, model.beds_free(house, taken[house.id])) for house in houses]


async def see_house(work: Work, house_id: str) -> HouseDetails:
    """Errors: Refusal not_found."""
    await _permit(work, "see_house", house_id)
    house = await store.load(work, house_id)
    taken = (await stays.occupancy(work, house_id)).beds
    address = None
    if work.tools.policies.allows(work.actor, "see_address", _resource(house)):
        address = await store.open_address(work, house_id)
        work.audit("see_address", subjects=[house_id])
    work.audit("see_house", subjects=[house_id])
    return HouseDetails(house, model.beds_free(house, taken), address)


async def move(work: Work, house_id: str, version: int, to: HouseState) -> HouseDetails:
    """The house goes on to `to`; when it becomes compromised, nobody who is still expected comes to it.

    Errors: Refusal not_found, forbidden, stale; conflict when it cannot, or people are still in it.
    """
    await _permit(work, "move_house", house_id)
    house = await store.load(work, house_id, lock=True)
    model.check_move(house, to, (await stays.occupancy(work, house_id)).beds)
    next_version = await work.change(store.HOUSES, house_id, version, state=to)
    if to == "compromised":
        await stays.let_holds_go(work, house_id)
    taken = (await stays.occupancy(work, house_id)).beds
    work.audit("move_house", subjects=[house_id])
    return HouseDetails(replace(house, state=to, version=next_version), model.beds_free(house, taken))


async def _permit(work: Work, action: str, house_id: str) -> None:
    """A house that is not there is asked about like one that nobody keeps."""
    keeper_id = await store.keeper_of(work, house_id)
    work.permit(action, Resource("House", house_id, {"keeper": keeper_id or ""}), see="see_house")


def _resource(house: House) -> Resource:
    return Resource("House", house.id, {"keeper": house.keeper_id or ""})

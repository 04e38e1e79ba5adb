"""Agreements with partners through notify's API."""

import pytest
from sqlalchemy import select

from services.notify.partners.model import check_endpoint
from services.notify.partners.store.agreements import PARTNERS
from shared.errors import Refusal
from tests.notify.story import MANAGER, befriend
from tests.support.room import Room, problem, staff


async def test_the_secrets_are_told_once(room: Room) -> None:
    """Who makes the agreement reads both secrets; the list never shows them."""
    ally = await befriend(room)
    assert ally.inbound.startswith("whsec_")
    assert ally.outbound.startswith("whsec_")
    assert ally.inbound != ally.outbound
    async with room.client(MANAGER) as client:
        (listed,) = (await client.get("/partners")).json()["items"]
    assert (listed["name"], listed["state"], listed["version"]) == ("Northern Lantern", "active", 1)
    assert "secret" not in str(listed)


async def test_nothing_of_a_partner_stands_in_clear(room: Room) -> None:
    """Name, endpoint and secrets are ciphertext in the database."""
    ally = await befriend(room)
    (row,) = await room.rows(select(PARTNERS))
    stored = b"".join(bytes(row[name].box) for name in ("name", "endpoint_url", "inbound_secret", "outbound_secret"))
    for clear in ("Lantern", "127.0.0.1", ally.inbound, ally.outbound):
        assert clear.encode() not in stored


async def test_only_partner_managers_deal_with_partners(room: Room) -> None:
    """Others do not learn which partners there are."""
    ally = await befriend(room)
    async with room.client(staff("coordinator")) as client:
        listed = await client.get("/partners")
        moved = await client.post(
            f"/partners/{ally.id}/state", json={"state": "suspended"}, headers={"If-Match": '"1"'}
        )
    assert problem(listed) == (404, "not_found")
    assert problem(moved) == (404, "not_found")


async def test_two_managers_who_edit_at_once_find_out(room: Room) -> None:
    """The second change to the same version is refused, and one without a version too."""
    ally = await befriend(room)
    url = f"/partners/{ally.id}/agreement"
    terms = {"kinds": ["case.verified"], "expires_on": "2017-12-01"}
    async with room.client(MANAGER) as client:
        first = await client.post(url, json=terms, headers={"If-Match": '"1"'})
        second = await client.post(url, json=terms, headers={"If-Match": '"1"'})
        blind = await client.post(url, json=terms)
        late = await client.post(
            url, json={**terms, "expires_on": "2017-04-03"}, headers={"If-Match": first.headers["ETag"]}
        )
    assert (first.status_code, first.json()["kinds"], first.json()["version"]) == (200, ["case.verified"], 2)
    assert problem(second) == (412, "stale_version")
    assert problem(blind) == (428, "if_match_required")
    assert problem(late) == (422, "expired")


async def test_a_list_is_paged(room: Room) -> None:
    """Each partner is on exactly one page."""
    made = {(await befriend(room)).id for _ in range(3)}
    async with room.client(MANAGER) as client:
        first = (await client.get("/partners?limit=2")).json()
        rest = (await client.get(f"/partners?limit=2&after={first['next']}")).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == sorted(made)
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("url", "local", "code"),
    [
        ("https://hooks.lantern.example/in", False, None),
        ("http://127.0.0.1:8080/in", True, None),
        ("http://127.0.0.1:8080/in", False, "endpoint_insecure"),
        ("http://hooks.lantern.example/in", True, "endpoint_insecure"),
        ("https://10.0.0.7/in", False, "endpoint_not_public"),
        ("https://localhost/in", False, "endpoint_not_public"),
        ("https://somebody@hooks.lantern.example/in", False, "endpoint_malformed"),
        ("https://hooks.lantern.example:port/in", False, "endpoint_malformed"),
        ("lantern", False, "endpoint_malformed"),
    ],
)
def test_what_leaves_goes_by_https_to_a_public_host(url: str, local: bool, code: str | None) -> None:
    """Plain http is for loopback on a developer's machine only."""
    refused = None
    try:
        check_endpoint(url, loopback_http=local)
    except Refusal as refusal:
        refused = refusal.code
    assert refused == code

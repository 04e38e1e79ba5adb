"""The development issuer, as a client and as somebody who would cheat it sees it."""

import re
from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from deploy.local.issuer.app import issuer_app
from deploy.local.issuer.grants import Grants, challenge_of
from deploy.local.keys import DevelopmentIssuer, jwks_path
from deploy.local.state import StateFolder
from deploy.local.story.cast import STAFF, staff_id
from shared.access import Revocations, TokenVerifier
from shared.errors import Refusal

ADDRESS = "http://127.0.0.1:8706"
DESK = "http://127.0.0.1:8714/signed-in"
VERIFIER = "a verifier that only the desk knows, long enough"
SECRET = "the desk's"
ASKED = {
    "response_type": "code",
    "client_id": "desk",
    "redirect_uri": DESK,
    "scope": "openid",
    "state": "of this sign-in",
    "nonce": "of this sign-in, too",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}


class Clock:
    """Real time, as far as the test lets it go."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(state: StateFolder, clock: Clock) -> httpx.AsyncClient:
    app = issuer_app(DevelopmentIssuer.open(state.keys, ADDRESS), Grants(SECRET, DESK, clock))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS)


def basic(secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"desk:{secret}".encode()).decode()}


async def code(client: httpx.AsyncClient, who: str = "officer") -> str:
    """What the browser of somebody who signs in takes to the desk."""
    chosen = await client.post("/authorize", data={**ASKED, "who": who})
    back = urlsplit(chosen.headers["location"])
    assert (chosen.status_code, f"{back.scheme}://{back.netloc}{back.path}") == (303, DESK)
    answer = parse_qs(back.query)
    assert (answer["state"], answer["iss"]) == (["of this sign-in"], [ADDRESS])
    return answer["code"][0]


async def trade(client: httpx.AsyncClient, traded: str, secret: str = SECRET, **other: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": traded,
        "code_verifier": VERIFIER,
        "redirect_uri": DESK,
        "resource": "urn:lodestar:intake",
    }
    return await client.post("/token", data={**form, **other}, headers=basic(secret))


async def test_it_names_everybody_and_says_what_it_is(client: httpx.AsyncClient) -> None:
    """The page lists the invented staff, works without scripts, and says that it is for development."""
    page = await client.get("/authorize", params=ASKED)
    assert "development issuer" in page.text
    assert re.findall(r'name="who" value="(\w+)"', page.text) == list(STAFF)
    assert "<script" not in page.text
    assert "form-action 'self' http://127.0.0.1:8714/signed-in" in page.headers["content-security-policy"]


async def test_what_it_says_of_itself_is_where_it_is(client: httpx.AsyncClient) -> None:
    """Every endpoint of the discovery document is there."""
    found = (await client.get("/.well-known/openid-configuration")).json()
    assert found["issuer"] == ADDRESS
    assert (await client.get(found["jwks_uri"])).json()["keys"]
    for endpoint in ("authorization_endpoint", "token_endpoint", "revocation_endpoint"):
        assert (await client.post(found[endpoint])).status_code in (400, 401, 422)


async def test_a_token_is_for_the_service_that_was_asked_for(client: httpx.AsyncClient, state: StateFolder) -> None:
    """It opens that one, for minutes, with the roles of whoever signed in; a refresh token gets one for another."""
    granted = (await trade(client, await code(client, "reviewer"))).json()
    assert granted["expires_in"] == 300
    actor = await TokenVerifier(ADDRESS, "intake", jwks_path(state.keys), Revocations()).verify(granted["access_token"])
    assert (actor.id, actor.kind, actor.roles) == (staff_id("reviewer"), "staff", {"reviewer"})
    form = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"], "resource": "urn:lodestar:notify"}
    other = (await client.post("/token", data=form, headers=basic(SECRET))).json()["access_token"]
    assert (await TokenVerifier(ADDRESS, "notify", jwks_path(state.keys), Revocations()).verify(other)).id == actor.id
    for audience, token in (("logistics", other), ("intake", other), ("intake", granted["id_token"])):
        with pytest.raises(Refusal):
            await TokenVerifier(ADDRESS, audience, jwks_path(state.keys), Revocations()).verify(token)
    await client.post("/revoke", data={"token": granted["refresh_token"]}, headers=basic(SECRET))
    assert (await client.post("/token", data=form, headers=basic(SECRET))).json() == {"error": "invalid_grant"}


async def test_a_code_is_good_once(client: httpx.AsyncClient) -> None:
    """Whoever comes second with it gets nothing."""
    traded = await code(client)
    assert (await trade(client, traded)).status_code == 200
    assert (await trade(client, traded)).json() == {"error": "invalid_grant"}


async def test_a_code_is_good_for_a_minute(client: httpx.AsyncClient, clock: Clock) -> None:
    """Later it is worthless."""
    traded = await code(client)
    clock.now += 61
    assert (await trade(client, traded)).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("other", "secret", "error"),
    [
        ({"code_verifier": "somebody else's verifier"}, SECRET, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8714/elsewhere"}, SECRET, "invalid_grant"),
        ({"resource": "urn:lodestar:nothing"}, SECRET, "invalid_target"),
        ({"resource": ""}, SECRET, "invalid_target"),
        ({}, "guessed", "invalid_client"),
        ({"grant_type": "password"}, SECRET, "unsupported_grant_type"),
    ],
)
async def test_a_stolen_code_is_worthless(
    client: httpx.AsyncClient, other: dict[str, str], secret: str, error: str
) -> None:
    """Without the verifier, the address, a service, or the desk's secret there is no token."""
    assert (await trade(client, await code(client), secret, **other)).json() == {"error": error}


@pytest.mark.parametrize(
    "other",
    [
        {"redirect_uri": "http://evil.example/signed-in"},
        {"client_id": "another"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"who": "nobody"},
    ],
)
async def test_a_code_goes_to_the_desk_only(client: httpx.AsyncClient, other: dict[str, str]) -> None:
    """A question that another client asks, or without PKCE, is not answered by a redirect."""
    refused = await client.post("/authorize", data={**ASKED, "who": "officer", **other})
    assert refused.status_code == 400
    assert "location" not in refused.headers

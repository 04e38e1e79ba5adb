"""Signing in, staying signed in, and signing out."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from sqlalchemy import select, update

from deploy.local.issuer import app as issuer
from deploy.local.story.cast import staff_id
from services.desk.database import metadata
from services.desk.service import MIGRATIONS
from services.desk.sessions.store import SESSIONS
from shared.access import Revocations, TokenVerifier
from shared.contracts.intake import TokensRevoked
from shared.database import Transaction
from shared.database.migrations import differences, migrate
from tests.desk.conftest import believe
from tests.desk.parlour import ISSUER, SERVICES, Parlour, open_parlour
from tests.support.databases import database_url
from tests.support.room import NOON, Room

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


async def kept(parlour: Parlour) -> list[bytes]:
    """What the table of sessions holds."""

    async def job(tx: Transaction) -> list[bytes]:
        return [row.box.box for row in await tx.execute(select(SESSIONS))]

    return await parlour.database.transact(job)


def exchanges(parlour: Parlour) -> list[dict[str, list[str]]]:
    """What the desk asked the issuer's token endpoint, so far."""
    return [parse_qs(asked.content.decode()) for asked in parlour.wires.asked if asked.url.path == "/token"]


async def signed_out(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")


@BOTH
async def test_the_browser_gets_one_value_and_the_desk_keeps_it_encrypted(tmp_path: Path, kind: str) -> None:
    """The cookie is Strict and HttpOnly, comes on a page of the desk, and the database holds neither it nor a token."""
    async with open_parlour(tmp_path, kind) as parlour:
        browser = parlour.browser()
        landed = await browser.get(await parlour.answer_of_issuer(browser, "officer"))
        cookies = [value for name, value in landed.headers.multi_items() if name == "set-cookie"]
        (session,) = [cookie for cookie in cookies if cookie.startswith("desk=") and 'desk=""' not in cookie]
        assert landed.status_code == 200
        assert '<meta http-equiv="refresh" content="0; url=/">' in landed.text
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in session.split(";")}
        value = session.split(";")[0].removeprefix("desk=")
        (box,) = await kept(parlour)
        assert value.encode() not in box
        assert b"eyJ" not in box


async def test_each_service_gets_a_token_of_its_own(tmp_path: Path) -> None:
    """The issuer is asked once per service; each token is good there and nowhere else, and none reaches the browser."""
    async with open_parlour(tmp_path) as parlour:
        browser = await parlour.sign_in("officer")
        board = await browser.get("/board")
        await browser.get("/parked")
        asked = {request.url.host: request for request in parlour.wires.asked if "authorization" in request.headers}
        assert sorted(exchange["resource"][0] for exchange in exchanges(parlour)) == sorted(
            f"urn:lodestar:{service}" for service in SERVICES
        )
        for service in SERVICES:
            token = asked[f"{service}.example"].headers["authorization"].removeprefix("Bearer ")
            actor = await TokenVerifier(ISSUER, service, tmp_path / "jwks.json", Revocations()).verify(token)
            assert actor.roles == {"intake_officer", "data_importer"}
            assert token not in board.text
            other = next(name for name in SERVICES if name != service)
            with pytest.raises(Exception, match="token_invalid"):
                await TokenVerifier(ISSUER, other, tmp_path / "jwks.json", Revocations()).verify(token)


async def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(tmp_path: Path) -> None:
    """Another browser's answer, a changed state, another issuer's, and a code used twice are refused alike."""
    async with open_parlour(tmp_path) as parlour:
        one, other = parlour.browser(), parlour.browser()
        answer = await parlour.answer_of_issuer(one, "manager")
        foreign = await parlour.answer_of_issuer(other, "officer")
        tried = [
            await parlour.browser().get(answer),
            await one.get(foreign),
            await other.get(foreign.replace("issuer.example", "elsewhere.example")),
            await other.get(foreign.replace("state=", "state=x")),
        ]
        again = parlour.browser()
        used = await parlour.answer_of_issuer(again, "officer")
        begun = dict(again.http.cookies)
        assert (await again.get(used)).status_code == 200
        again.http.cookies.clear()
        again.http.cookies.update(begun)
        tried.append(await again.get(used))
        assert [refused.status_code for refused in tried] == [403] * 5
        assert len(await kept(parlour)) == 1


async def test_signing_out_ends_the_session_here_and_at_the_issuer(tmp_path: Path) -> None:
    """The row is gone, the old cookie opens nothing, and the refresh token gets no more tokens."""
    async with open_parlour(tmp_path) as parlour:
        browser = await parlour.sign_in("officer")
        page = await browser.get("/parked")
        cookies = dict(browser.http.cookies)
        refresh = next(iter(parlour.grants._refreshing))
        assert (await browser.submit(page, "/sign-out")).status_code == 200
        assert await kept(parlour) == []
        browser.http.cookies.update(cookies)
        assert await signed_out(await browser.get("/board"))
        with pytest.raises(Exception, match="invalid_grant"):
            parlour.grants.refreshed(refresh)


async def turn_back(parlour: Parlour, **earlier: timedelta) -> None:
    """As if the only session had been seen last, or ended, so much earlier than now."""
    values = {name: datetime.now(UTC) - by for name, by in earlier.items()}

    async def job(tx: Transaction) -> None:
        await tx.execute(update(SESSIONS).values(values))

    await parlour.database.transact(job)


@BOTH
async def test_an_idle_session_is_over(tmp_path: Path, kind: str) -> None:
    """A page keeps it alive; without any for 15 minutes it opens nothing, and is removed."""
    async with open_parlour(tmp_path, kind) as parlour:
        browser = await parlour.sign_in("officer")
        for _ in range(2):
            await turn_back(parlour, seen_at=timedelta(minutes=14))
            assert not await signed_out(await browser.get("/figures"))
        await parlour.app.state.desk.sessions.forget_over()
        assert len(await kept(parlour)) == 1
        await turn_back(parlour, seen_at=timedelta(minutes=15, seconds=1))
        answer = await browser.get("/figures")
        assert answer.headers["location"] == "/sign-in?to=/figures"
        await parlour.app.state.desk.sessions.forget_over()
        assert await kept(parlour) == []


async def test_a_page_is_written_down_as_a_sign_of_life(tmp_path: Path) -> None:
    """14 minutes after one page, and 14 after another, a session is not idle."""
    async with open_parlour(tmp_path) as parlour:
        browser = await parlour.sign_in("officer")
        await turn_back(parlour, seen_at=timedelta(minutes=14))
        before = datetime.now(UTC)
        await browser.get("/figures")

        async def job(tx: Transaction) -> datetime:
            seen: datetime = (await tx.execute(select(SESSIONS.c.seen_at))).scalar_one()
            return seen

        assert await parlour.database.transact(job) >= before


async def test_a_session_ends_however_busy_it_is(tmp_path: Path) -> None:
    """Begun for eight hours; after them somebody signs in anew."""
    async with open_parlour(tmp_path) as parlour:
        browser, before = await parlour.sign_in("officer"), datetime.now(UTC)

        async def job(tx: Transaction) -> datetime:
            ends: datetime = (await tx.execute(select(SESSIONS.c.ends_at))).scalar_one()
            return ends

        left = await parlour.database.transact(job) - before
        assert timedelta(hours=7, minutes=50) < left <= timedelta(hours=8)
        await turn_back(parlour, ends_at=timedelta(seconds=1))
        assert await signed_out(await browser.get("/figures"))
        await parlour.app.state.desk.sessions.forget_over()
        assert await kept(parlour) == []


async def test_tokens_are_renewed_once_for_pages_that_come_together(tmp_path: Path) -> None:
    """Four pages at once lead to one exchange for each service that has no token yet."""
    async with open_parlour(tmp_path) as parlour:
        browser = await parlour.sign_in("officer")
        await asyncio.gather(*(browser.get("/parked") for _ in range(4)))
        assert len(exchanges(parlour)) == len(SERVICES)


async def test_when_the_issuer_gives_no_more_tokens_the_session_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who was taken off the issuer's list is out within the life of a token."""
    monkeypatch.setattr(issuer, "TOKEN_S", 20)
    async with open_parlour(tmp_path) as parlour:
        browser = await parlour.sign_in("officer")
        assert not await signed_out(await browser.get("/parked"))
        parlour.grants._refreshing.clear()
        assert await signed_out(await browser.get("/parked"))
        assert await kept(parlour) == []


@pytest.mark.parametrize("path", ["/alerts", "/approvals"])
async def test_a_token_that_a_service_refuses_ends_the_session(tmp_path: Path, notify: Room, path: str) -> None:
    """Whatever else still answers: no further token is fetched, and neither cookie nor refresh token counts."""
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        browser, other = await parlour.sign_in("coordinator"), await parlour.sign_in("officer")
        assert [(await one.get(path)).status_code for one in (browser, other)] == [200, 200]
        cookies, refresh, before = (
            dict(browser.http.cookies),
            next(iter(parlour.grants._refreshing)),
            exchanges(parlour),
        )
        taken_back = TokensRevoked(actor_id=staff_id("coordinator"), at=NOON, before=datetime.now(UTC))
        await notify.tell(taken_back)
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?to={path}")
        browser.http.cookies.update(cookies)
        assert await signed_out(await browser.get(path))
        assert exchanges(parlour) == before
        with pytest.raises(Exception, match="invalid_grant"):
            parlour.grants.refreshed(refresh)
        assert (await other.get(path)).status_code == 200
        assert len(await kept(parlour)) == 1


async def test_a_session_that_slept_through_a_revocation_is_over_too(
    tmp_path: Path, notify: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tokens ended meanwhile and are renewed, from a sign-in of before: refused. Who signs in anew is believed."""
    monkeypatch.setattr(issuer, "TOKEN_S", 20)
    async with open_parlour(tmp_path, notify=notify.app) as parlour:
        believe(notify, tmp_path)
        browser = await parlour.sign_in("coordinator")
        known, an_hour = parlour.grants._refreshing, 3600
        known.update({refresh: replace(grant, at=grant.at - an_hour) for refresh, grant in known.items()})
        assert (await browser.get("/alerts")).status_code == 200
        before = datetime.now(UTC) - timedelta(minutes=5)
        await notify.tell(TokensRevoked(actor_id=staff_id("coordinator"), at=NOON, before=before))
        assert await signed_out(await browser.get("/alerts"))
        assert await kept(parlour) == []
        assert parlour.grants._refreshing == {}
        assert (await (await parlour.sign_in("coordinator")).get("/alerts")).status_code == 200


async def test_a_link_from_elsewhere_signs_nobody_out(tmp_path: Path) -> None:
    """It brings no Strict cookie along: the way to the sign-in page, and the cookie stays. One that is over goes."""
    async with open_parlour(tmp_path) as parlour:
        browser = await parlour.sign_in("officer")
        cookies = dict(browser.http.cookies)
        browser.http.cookies.clear()
        followed = await browser.get("/board")
        assert await signed_out(followed)
        assert "set-cookie" not in followed.headers
        browser.http.cookies.update(cookies)
        assert not await signed_out(await browser.get("/figures"))
        await turn_back(parlour, ends_at=timedelta(days=1))
        assert (await browser.get("/board")).headers["set-cookie"].startswith('desk="";')


async def test_without_its_issuer_the_desk_says_so(tmp_path: Path) -> None:
    """A silent issuer is a page with a sentence, not an error."""
    async with open_parlour(tmp_path) as parlour:
        parlour.wires.apps["issuer.example"] = None
        answer = await parlour.browser().get("/sign-in/begin")
        assert answer.status_code == 503
        assert "The sign-in service does not answer." in answer.text


async def test_a_desk_that_cannot_work_says_so(tmp_path: Path) -> None:
    """It is ready while the database of sessions is there, and alive without; both are asked without signing in."""
    async with open_parlour(tmp_path) as parlour:
        browser = parlour.browser()
        assert (await browser.get("/health/ready")).json()["ready"] is True
        await parlour.database.close()
        waiting = await browser.get("/health/ready")
        assert (waiting.status_code, waiting.json()["code"]) == (503, "not_ready")
        assert (await browser.get("/health/live")).json() == {"status": "alive"}


async def test_after_signing_in_only_a_page_of_ours_follows(tmp_path: Path) -> None:
    """An address elsewhere, or one that is no page, is not gone to."""
    async with open_parlour(tmp_path) as parlour:
        case = f"/cases/{'a' * 32}"
        for asked, followed in (
            (case, case),
            ("/requests", "/requests"),
            ("https://evil.example/", "/"),
            ("//evil.example", "/"),
            ("/sign-out", "/"),
        ):
            page = await parlour.browser().http.get("/sign-in", params={"to": asked})
            assert f'href="/sign-in/begin?to={followed}"' in page.text


@BOTH
async def test_the_history_of_the_database_goes_up_and_down(tmp_path: Path, kind: str) -> None:
    """At the head it is what the code says; at the base nothing is left."""
    url = database_url(kind, tmp_path, "history")
    for target in ("head", "base", "head"):
        await migrate(url, MIGRATIONS, target)
        assert (await differences(url, [metadata]) == []) is (target == "head")

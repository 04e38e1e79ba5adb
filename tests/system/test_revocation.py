"""A revocation at intake reaches every process of a real house within seconds, open streams included."""

import asyncio
import time

import httpx

from deploy.local.house import SERVICES, Plan, running
from deploy.local.keys import DevelopmentIssuer
from shared.clock import new_id

WITHIN_S = 20.0
"""Ten times what is promised: two seconds of beats and of replicas reading the table."""


async def test_a_revocation_is_heard_everywhere(plan: Plan) -> None:
    """Four services refuse the old token and, for the leeway of clocks, a new one; the open stream at notify ends."""
    thief, manager = new_id(), new_id()
    async with running(plan), httpx.AsyncClient(timeout=WITHIN_S, trust_env=False) as http:
        issuer = DevelopmentIssuer.open(plan.state.keys)
        old = {service: issuer.sign(thief, "staff", ["operator"], service, 3600) for service in SERVICES}
        assert await statuses(http, plan, old) == [200] * 4
        stream = http.stream("GET", f"{plan.url('notify')}/alerts/stream", headers=bearer(old["notify"]))
        async with stream as opened:
            assert opened.status_code == 200
            revoke = f"{plan.url('intake')}/staff/{thief}/revocation"
            key = bearer(issuer.sign(manager, "staff", ["manager"], "intake", 3600)) | {"Idempotency-Key": new_id()}
            began = time.monotonic()
            assert (await http.post(revoke, headers=key)).status_code == 200
            async with asyncio.timeout(WITHIN_S):
                async for _ in opened.aiter_bytes():
                    pass
            ended = time.monotonic() - began
            while await statuses(http, plan, old) != [401] * 4:
                assert time.monotonic() - began < WITHIN_S
                await asyncio.sleep(0.05)
        print(f"stream ended after {ended:.2f} s, all refused after {time.monotonic() - began:.2f} s")
        anew = {service: issuer.sign(thief, "staff", ["operator"], service, 3600) for service in SERVICES}
        assert await statuses(http, plan, anew) == [401] * 4


async def statuses(http: httpx.AsyncClient, plan: Plan, tokens: dict[str, str]) -> list[int]:
    """How each service answers who carries its token."""
    asked = [http.get(f"{plan.url(service)}/parked", headers=bearer(tokens[service])) for service in SERVICES]
    return [answer.status_code for answer in await asyncio.gather(*asked)]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}

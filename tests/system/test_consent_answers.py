"""A consent that is given, narrowed and withdrawn in a real house: the others have acted within seconds."""

import asyncio
import time

import httpx

from deploy.local.house import Plan, running
from deploy.local.story import Stage
from tests.support.consents import TAKEN_BACK, spoken

PROMISED_S = 5.0
"""What is promised of a withdrawal; usually all three have answered within a tenth of that."""

ASKED = {"channel": "phone", "language": "ru", "asked_by": "self", "country": "RU", "story": "Help."}
PERSON = {"name_in_use": "Adam", "born_on": "1994-02-11", "country_of_danger": "RU"}


async def test_everybody_has_acted_on_a_withdrawal_within_five_seconds(plan: Plan) -> None:
    """Each change is answered by logistics, settlement and notify, and nothing waits any more."""
    async with running(plan), httpx.AsyncClient(timeout=20, trust_env=False) as http:
        officer = Stage(plan, http).as_("officer")
        request = (await officer.post("intake", "/requests", ASKED))["id"]
        await officer.post("intake", f"/requests/{request}/screening", {"in_scope": True}, version=1)
        opening = {"code_name": "Elm 7", "people": [PERSON], "team": []}
        case = (await officer.post("intake", f"/requests/{request}/case", opening, version=2))["id"]
        (person,) = (await officer.get("intake", f"/cases/{case}/people"))["people"]
        given = await officer.post("intake", f"/people/{person['id']}/consents", spoken("share_with_government"))
        path, took = f"/consents/{given['id']}", []
        fewer = {"recipients": ["destination_government"], "proof": spoken("public_statistics")["proof"]}
        for version, (how, body) in enumerate((("narrowing", fewer), ("withdrawal", TAKEN_BACK)), start=1):
            began = time.monotonic()
            await officer.post("intake", f"{path}/{how}", body, version=version)
            async with asyncio.timeout(PROMISED_S):
                while (await officer.get("intake", path))["changes"][-1]["waits_for"]:
                    await asyncio.sleep(0.02)
            took.append(time.monotonic() - began)
        seen = await officer.get("intake", path)
    assert [len(change["answers"]) for change in seen["changes"]] == [3, 3, 3]
    print(f"all had acted on a narrowing after {took[0]:.2f} s, on a withdrawal after {took[1]:.2f} s")

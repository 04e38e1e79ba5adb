"""The public front door in a real house: killed in the middle, and silent about who was there."""

import asyncio
import os
import re
import signal
from pathlib import Path

import httpx
import pytest

from deploy.local.house import Plan, ready, running
from deploy.local.nats_server import LOOPBACK
from deploy.local.processes import Supervisor
from deploy.local.story.client import Stage
from tests.secrets.canaries import forms, found_in
from tests.support.house import plan_in

ADDRESS = "198.51.100.77"
DEVICE = "Inventedbrowser/77.7 (Made Up Telephone)"
STORY = "They wrote a word on my door that I cannot repeat."
REQUESTS = 4


async def kill(supervisor: Supervisor, plan: Plan, name: str) -> None:
    os.kill(supervisor.children[name].process.pid, signal.SIGKILL)
    await asyncio.sleep(0.5)
    await ready(plan)


async def receipt(http: httpx.AsyncClient, story: str) -> tuple[str, dict[str, str]]:
    """The words, and the form that sends the request."""
    page = (await http.post("/en/ask", data={"story": story})).text
    words = re.findall(r"<li>(\w+)</li>", page)
    draft = page.split('name="draft" value="')[1].split('"')[0]
    return " ".join(words), {"draft": draft, "word_2": words[1], "word_5": words[4]}


@pytest.mark.timeout(300)
async def test_killed_in_the_middle_nothing_is_lost_or_twice_and_no_trace_is_left(tmp_path: Path) -> None:
    """Either process is killed while requests come; sent again after that, each is there once. Then every file, log and
    measure is searched for address, device, words and what was written."""
    plan = plan_in(tmp_path / "house", front_door=True)
    headers = {"X-Forwarded-For": ADDRESS, "User-Agent": DEVICE, "Accept-Language": "xx-inventedland"}
    said = [f"{STORY} {number}" for number in range(REQUESTS)]
    codes = []
    async with (
        running(plan) as supervisor,
        httpx.AsyncClient(base_url=plan.front_door_url, headers=headers, timeout=60, trust_env=False) as http,
        httpx.AsyncClient(timeout=20, trust_env=False) as staff,
    ):
        for number, story in enumerate(said):
            code, form = await receipt(http, story)
            codes.append(code)
            if number % 2:
                await kill(supervisor, plan, "front_door")
            assert (await http.post("/en/receipt/sent", data=form)).status_code == 200
            if number % 2 == 0:
                await kill(supervisor, plan, "intake")
            assert (await http.post("/en/receipt/sent", data=form)).status_code == 200
        officer = Stage(plan, staff).as_("officer")
        await officer.until("intake", "/threads?limit=200", lambda page: len(page["items"]) == REQUESTS)
        threads = await officer.every("intake", "/threads")
        told = [await officer.every("intake", f"/requests/{one['request_id']}/letters") for one in threads]
        assert sorted(letter["text"] for (letter,) in told) == said
        assert len(await officer.every("intake", "/requests")) == REQUESTS
        for code in codes:
            assert (await http.post("/en/thread", data={"code": code})).status_code == 200
        metrics = [
            (await staff.get(f"http://{LOOPBACK}:{port}/metrics")).content
            for port in (plan.front_door_metrics_port, plan.metrics_port("intake"))
        ]
    assert b"lodestar_door_hashing" in metrics[0]
    secret = [ADDRESS, DEVICE, "xx-inventedland", *said, *codes, *(word for code in codes for word in code.split())]
    looked_for = {form: text for text in secret for form in forms(text)}
    left = {str(path): path.read_bytes() for path in plan.state.path.rglob("*") if path.is_file()}
    assert any("front_door.log" in path for path in left)
    found = {path: set(found_in(content, looked_for)) for path, content in left.items()}
    found |= {f"metrics {number}": set(found_in(page, looked_for)) for number, page in enumerate(metrics)}
    assert {path: what for path, what in found.items() if what} == {}

"""Every key of a service is rotated while a house of real processes is written to and read from."""

import asyncio
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import select

from deploy.commands.folder import remember
from deploy.local.house import Plan, running
from deploy.local.story.cast import staff_id
from deploy.local.story.client import Stage
from services.logistics.travellers.store import CONSENTS
from shared.clock import new_id
from shared.contracts.envelope import decode
from shared.contracts.fields import SealedPart
from shared.database import opened
from shared.errors import Refusal
from shared.messaging.outbox import OUTBOX
from shared.vault import Ciphertext, KeyStore, MasterKeys, PublicKeysets, Vault
from shared.vault.keystore import VAULT_KEYS
from shared.web.answers import ANSWERS, key_of_day
from tests.support.consents import spoken
from tests.support.world import look, read
from tests.system.order import at_rest, disorder

LODESTAR = Path(sys.executable).parent / "lodestar"
PURPOSES = ("share_for_protection", "share_with_partner")
PERSON = {"name_in_use": "Timur", "born_on": "1990-01-01", "country_of_danger": "RU"}
PASSPORT = {"kind": "passport", "issuing_country": "RU", "number": "70 1", "valid_until": "2024-01-01"}
SCAN = b"%PDF-1.7 " + b"s" * 70_000


@dataclass
class Life:
    """What people do meanwhile. failed: every answer that was not what it should be."""

    stage: Stage
    failed: list[str] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    over: bool = False
    doing: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        self.doing = [asyncio.create_task(self.open_cases()), asyncio.create_task(self.keep_papers())]

    async def end(self) -> None:
        self.over = True
        await asyncio.gather(*self.doing)

    async def grown(self, more: int) -> None:
        """Return when so many more cases were opened."""
        wanted = len(self.people) + more
        async with asyncio.timeout(120):
            while len(self.people) < wanted and not self.failed and not any(task.done() for task in self.doing):
                await asyncio.sleep(0.05)
        assert self.failed == []

    async def ask(
        self, method: str, who: str, service: str, path: str, expected: int, version: int | None = None, **body: Any
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.stage.token(who, service)}", "Idempotency-Key": new_id()}
        headers |= {} if version is None else {"If-Match": f'"{version}"'}
        headers |= body.pop("headers", {})
        url = self.stage.plan.url(service) + path
        answer = await self.stage.http.request(method, url, headers=headers, **body)
        self.calls += 1
        if answer.status_code != expected:
            self.failed.append(f"{method} {service} {path}: {answer.status_code} {answer.text[:200]}")
        return answer

    async def open_cases(self) -> None:
        """Request, case and consents at intake; each consent twice, the second in place of the first."""
        while not self.over:
            told = {"channel": "phone", "language": "ru", "asked_by": "self", "country": "RU", "story": "Help."}
            request = (await self.ask("POST", "officer", "intake", "/requests", 201, json=told)).json()["id"]
            path = f"/requests/{request}"
            await self.ask("POST", "officer", "intake", f"{path}/screening", 200, 1, json={"in_scope": True})
            body = {"code_name": f"Elm {request[:8]}", "people": [PERSON], "team": [staff_id("coordinator")]}
            case = (await self.ask("POST", "officer", "intake", f"{path}/case", 201, 2, json=body)).json()["id"]
            group = (await self.ask("GET", "officer", "intake", f"/cases/{case}/people", 200)).json()
            person = group["people"][0]["id"]
            for purpose in (*PURPOSES, *PURPOSES):
                consent = spoken(purpose)
                url = f"/people/{person}/consents"
                await self.ask("POST", "officer", "intake", url, 201, json=consent)
            self.people[person] = case

    async def keep_papers(self) -> None:
        """Papers and scans of who has been heard of at logistics, written and read back."""
        known: dict[str, str] = {}
        while not self.over:
            for person, case in list(self.people.items())[-3:]:
                if person not in known:
                    await self._heard_of(case)
                    url = f"/people/{person}/documents"
                    made = await self.ask("POST", "coordinator", "logistics", url, 201, json=PASSPORT)
                    known[person] = made.json()["id"]
                url = f"/documents/{known[person]}/scan"
                kind = {"Content-Type": "application/pdf"}
                await self.ask("POST", "coordinator", "logistics", url, 201, content=SCAN, headers=kind)
                seen = await self.ask("GET", "coordinator", "logistics", url, 200)
                if seen.content != SCAN:
                    self.failed.append("a scan came back otherwise")
                await self.ask("GET", "coordinator", "logistics", f"/people/{person}/documents", 200)
            await asyncio.sleep(0.01)

    async def _heard_of(self, case: str) -> None:
        voice = self.stage.as_("coordinator")
        await voice.until("logistics", f"/cases/{case}/travellers", lambda seen: bool(seen["travellers"]))


async def lodestar(plan: Plan, *arguments: str) -> str:
    """Run the program beside the house; what it said."""
    command = [str(LODESTAR), *arguments, "--dir", str(plan.state.path)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    said, _ = await asyncio.wait_for(process.communicate(), 150)
    assert process.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.timeout(400)
async def test_a_service_turns_every_key_over_and_nobody_notices(plan: Plan, tmp_path: Path) -> None:
    """No request fails meanwhile, nothing is parked; afterwards the old keys alone open and find nothing, and the new
    ones everything."""
    old = tmp_path / "old.json"
    async with running(plan), httpx.AsyncClient(timeout=30, trust_env=False) as http:
        remember(plan)
        life = Life(Stage(plan, http))
        life.begin()
        try:
            await life.grown(1)
            shutil.copy(plan.master("logistics"), old)
            for part in ("wrapping", "own", "blind", "sealing"):
                told = await lodestar(plan, "keys", "rotate", "logistics", part)
                assert told.splitlines()[-1].startswith(f"{part}: "), told
                await life.grown(1)
        finally:
            await life.end()
        assert life.failed == []
        shown = await lodestar(plan, "keys", "show", "logistics")
        assert [line.split()[:2] for line in shown.splitlines()] == [
            ["wrapping", "1"],
            ["own", "1"],
            ["blind", "1"],
            ["sealing", "2"],
        ]
        await at_rest(plan)
        assert await disorder(plan) == []
        await look(plan)
        await _consents_stand_once(plan, life)
        await _old_opens_nothing(plan, old)


async def _consents_stand_once(plan: Plan, life: Life) -> None:
    """One row per person and purpose, though images were made with two keys."""
    async with opened(plan.environment("logistics")["LODESTAR_DATABASE_URL"]) as database:
        rows = await read(database, select(CONSENTS.c.person_id))
    assert sorted(row["person_id"] for row in rows) == sorted([*life.people, *life.people])


async def _old_opens_nothing(plan: Plan, old: Path) -> None:
    told = plan.environment("logistics")
    async with opened(told["LODESTAR_DATABASE_URL"]) as database, opened(told["LODESTAR_KEYS_URL"]) as keys:
        recipients = PublicKeysets.load(plan.recipients)
        before = Vault("logistics", MasterKeys.load(old), recipients, KeyStore(keys))
        now = Vault("logistics", MasterKeys.load(plan.master("logistics")), recipients, KeyStore(keys))
        subjects = [row["subject"] for row in await read(keys, select(VAULT_KEYS.c.subject))]
        assert len(await now.ciphers(subjects)) == len(subjects) > 0
        for subject in subjects:
            with pytest.raises(Refusal, match="key_of_another_master"):
                await before.cipher(subject)
        for row in await read(database, select(ANSWERS)):
            context = f"answers.answer/{row['actor_id']}/{row['key']}"
            day = key_of_day("logistics", row["kept_at"].date())
            assert await _opens(now, day, context, row["answer"])
            assert not await _opens(before, day, context, row["answer"])
        for row in await read(database, select(CONSENTS)):
            images = [
                row["purpose"] == one.blind("consents.purpose", f"{row['person_id']}/{purpose}")
                for one in (before, now)
                for purpose in PURPOSES
            ]
            assert (sum(images[:2]), sum(images[2:])) == (0, 1)
        await _old_opens_no_new_event(plan, before, now)


async def _old_opens_no_new_event(plan: Plan, before: Vault, now: Vault) -> None:
    """The last case that intake told of is sealed to the new key of logistics."""
    async with opened(plan.environment("intake")["LODESTAR_DATABASE_URL"]) as database:
        opening = OUTBOX.c.subject.startswith("intake.case_opened")
        (row,) = await read(database, select(OUTBOX.c.body).where(opening).order_by(OUTBOX.c.seq.desc()).limit(1))
    envelope = decode(row["body"])
    sealed = orjson.loads(row["body"])["data"]["members"][0]["facts"]
    parts = {name: SealedPart(**part) for name, part in sealed["parts"].items()}
    assert b"RU" in now.open(envelope.id, sealed["about"], parts)
    with pytest.raises(Refusal, match="key_gone"):
        before.open(envelope.id, sealed["about"], parts)


async def _opens(vault: Vault, subject: str, context: str, box: Ciphertext) -> bool:
    try:
        (await vault.cipher(subject)).decrypt(context, box)
    except Refusal:
        return False
    return True

"""Sends what is queued for partners, as long as the process runs.

Rule: no transaction is open while a webhook is on its way; whatever happens to one delivery holds up no other case,
and a slow partner holds up no other partner. Pauses and leases are real time.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import httpx

from services.notify.webhooks import model, signatures
from services.notify.webhooks.actions import sending
from services.notify.webhooks.actions.sending import Attempt, Letter
from shared.access import system_actor
from shared.bell import Bell
from shared.clock import Clock, SystemClock, new_id
from shared.database import Database, Transaction
from shared.work import Batch, Cause, Tools, Work

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 32
AT_ONCE_PER_PARTNER = 4
GONE = 410


@dataclass(frozen=True)
class Pace:
    """How long an attempt may take, how long it is nobody else's, and how long to wait after each that failed."""

    timeout_s: float = 10.0
    lease: timedelta = timedelta(seconds=60)
    sweep_s: float = 5.0
    pauses: Sequence[timedelta] = model.PAUSES


class Sending:
    """One process's share of the sending. real: the clock of pauses, leases and signatures."""

    def __init__(
        self, database: Database, tools: Tools, bell: Bell, pace: Pace | None = None, real: Clock | None = None
    ) -> None:
        self._database = database
        self._tools = tools
        self._bell = bell
        self._pace = pace or Pace()
        self._real = real or SystemClock()
        self._busy: Counter[str] = Counter()
        self._stopping = False

    async def run(self) -> None:
        """Send until `stop`; what is on its way then is waited for."""
        client = httpx.AsyncClient(timeout=self._pace.timeout_s, trust_env=False)
        async with client, asyncio.TaskGroup() as group:
            while not self._stopping:
                attempt = await self._next()
                if attempt is None:
                    await self._bell.wait(self._pace.sweep_s)
                else:
                    self._busy[attempt.partner_id] += 1
                    group.create_task(self._finish(client, attempt), name="webhook")

    def stop(self) -> None:
        self._stopping = True
        self._bell.ring()

    async def _next(self) -> Attempt | None:
        if self._busy.total() >= AT_ONCE:
            return None
        full = [partner for partner, busy in self._busy.items() if busy >= AT_ONCE_PER_PARTNER]
        try:
            return await self._do(lambda work: sending.claim(work, self._real.now(), self._pace.lease, full))
        except Exception as error:
            log.error("nothing could be claimed: %s", type(error).__name__)
            return None

    async def _finish(self, client: httpx.AsyncClient, attempt: Attempt) -> None:
        try:
            outcome = await self._send(client, attempt)
            await self._do(lambda work: self._record(work, attempt, outcome))
        except Exception as error:
            # Nothing is known of the outcome: once the lease is over, somebody sends it again under the same id.
            log.error("attempt without outcome: %s", type(error).__name__)
        finally:
            self._busy[attempt.partner_id] -= 1
            self._bell.ring()

    async def _send(self, client: httpx.AsyncClient, attempt: Attempt) -> str | int:
        try:
            letter = await self._do(lambda work: sending.compose(work, attempt))
            async with asyncio.timeout(self._pace.timeout_s):
                return await self._post(client, letter)
        except (TimeoutError, httpx.TimeoutException):
            return "timeout"
        except (httpx.HTTPError, httpx.InvalidURL):
            return "unreachable"

    async def _post(self, client: httpx.AsyncClient, letter: Letter) -> int:
        headers = signatures.signed(letter.secrets, letter.webhook_id, self._real.now(), letter.body)
        headers["content-type"] = "application/json"
        async with client.stream("POST", letter.url, content=letter.body, headers=headers) as answer:
            return answer.status_code

    async def _record(self, work: Work, attempt: Attempt, outcome: str | int) -> None:
        told = f"http_{outcome}" if isinstance(outcome, int) else outcome
        if isinstance(outcome, int) and 200 <= outcome < 300:
            await sending.delivered(work, attempt, told)
        elif outcome == GONE:
            await sending.gone(work, attempt, told)
        else:
            await sending.failed(work, attempt, told, self._real.now(), self._pace.pauses)

    async def _do(self, action: Callable[[Work], Awaitable[T]]) -> T:
        async def job(tx: Transaction) -> T:
            actor = system_actor(self._tools.service)
            async with Batch.of(tx, self._tools).work(actor, Cause(new_id())) as work:
                return await action(work)

        return await self._database.transact(job)

"""One unit of work: what an action gets to do its part of a transaction.

Rule: state, audit row, timers, outbox rows and inbox row are one transaction. An action changes nothing except
through the `Work` it is given, and never opens or commits anything. Requests and events that arrive together share
a `Batch`, which commits once; each of them is one `Work` with its own actor and cause, undone alone when it fails.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Column, CursorResult, Executable, Table, select, update

from shared.access import Actor, Policies, Resource, Revocations, standing
from shared.access.policies import Attribute
from shared.audit import AuditEntry, write_audit
from shared.bell import Bell
from shared.clock import Clock, new_id
from shared.contracts.envelope import MAX_EVENT_BYTES, Event, encode, subject_of
from shared.contracts.fields import Sealed
from shared.database import Prepared, Transaction
from shared.errors import forbidden, invalid, not_found, stale
from shared.messaging.outbox import Outgoing, write_outbox
from shared.observability import correlation
from shared.pool import Pool
from shared.probes import reach
from shared.timers import cancel_timer, set_timer
from shared.vault import SubjectCipher, Vault, WrappedKey

T = TypeVar("T")


@dataclass(frozen=True)
class Cause:
    """Where a unit of work comes from, carried through HTTP, outbox and headers."""

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True)
class Tools:
    """What every unit of work of one service has at hand; made once, in the composition root."""

    service: str
    clock: Clock
    vault: Vault
    policies: Policies
    relay_bell: Bell = field(default_factory=Bell)
    timer_bell: Bell = field(default_factory=Bell)
    audit_bell: Bell = field(default_factory=Bell)
    run_bell: Bell = field(default_factory=Bell)
    pool: Pool = field(default_factory=Pool)
    revocations: Revocations = field(default_factory=Revocations)


class Batch:
    """All that shares one transaction: collects what its works write, and writes it once before the commit."""

    def __init__(self, tx: Transaction, tools: Tools) -> None:
        self.tx = tx
        self.tools = tools
        self.outgoing: list[Outgoing] = []
        self.entries: list[AuditEntry] = []
        self.keys: list[WrappedKey] = []
        self.deferred: dict[Prepared, list[Mapping[str, Any]]] = {}
        tx.before_commit.append(self._flush)

    @classmethod
    def of(cls, tx: Transaction, tools: Tools) -> "Batch":
        """The batch of this transaction, made at the first call."""
        batch = tx.scope.get(cls)
        if batch is None:
            batch = tx.scope[cls] = cls(tx, tools)
        return batch

    @asynccontextmanager
    async def work(self, actor: Actor, cause: Cause) -> AsyncIterator["Work"]:
        """A unit of work in a savepoint: kept when the block ends well, undone alone when it raises."""
        work = Work(self, actor, cause)
        present = correlation.set(cause.correlation_id)
        try:
            async with self.tx.savepoint():
                yield work
        except BaseException:
            self.entries += [entry for entry in work.entries if entry.denied]
            raise
        finally:
            correlation.reset(present)
        self.outgoing += work.outgoing
        self.entries += work.entries
        self.keys += work.keys
        for prepared, row in work.deferred:
            self.deferred.setdefault(prepared, []).append(row)

    async def _flush(self) -> None:
        if self.keys:
            await self.tools.vault.keep(self.keys)
        for prepared, rows in self.deferred.items():
            await self.tx.run(prepared, rows)
        if self.entries:
            await write_audit(self.tx, self.entries)
            self.tx.after_commit.append(self.tools.audit_bell.ring)
        if self.outgoing:
            await write_outbox(self.tx, self.outgoing)
            self.tx.after_commit.append(self.tools.relay_bell.ring)
        reach("work.before_commit")
        self.tx.after_commit.append(lambda: reach("work.committed"))


class Work:
    """The present actor's part of a transaction.

    `now` is the domain time at which it began; every row it writes carries that instant.
    """

    def __init__(self, batch: Batch, actor: Actor, cause: Cause) -> None:
        self.actor = actor
        self.cause = cause
        self.tools = batch.tools
        self.vault = batch.tools.vault
        self.now: datetime = batch.tools.clock.now()
        self.outgoing: list[Outgoing] = []
        self.entries: list[AuditEntry] = []
        self.keys: list[WrappedKey] = []
        self.deferred: list[tuple[Prepared, Mapping[str, Any]]] = []
        self.tx = batch.tx

    @property
    def dialect(self) -> str:
        return self.tx.dialect

    async def execute(self, statement: Executable, params: Any = None) -> CursorResult[Any]:
        """Run a statement of this slice's store."""
        return await self.tx.execute(statement, params)

    async def run(self, prepared: Prepared, row: Mapping[str, Any]) -> int:
        """Run a prepared write of this slice's store; returns how many rows it touched."""
        return await self.tx.run(prepared, [row])

    def defer(self, prepared: Prepared, row: Mapping[str, Any]) -> None:
        """Run a prepared write before the commit, together with the same writes of the batch.

        For what nobody reads again in this transaction: on a busy service one round trip serves hundreds.
        """
        self.deferred.append((prepared, row))

    def emit(self, event: Event, *, resumes: int | None = None) -> str:
        """Promise `event` to the other services: it is published after the commit, once, in order of its key.

        resumes: what came before this revision of its key was purged, so nobody need wait for it.
        Returns the event's id. Errors: Refusal invalid when it is too large to publish.
        """
        if event.publisher != self.tools.service:
            raise ValueError(f"{event.type} is not an event of {self.tools.service}")
        event_id = new_id()
        body = encode(
            event,
            event_id=event_id,
            at=self.now,
            correlation_id=self.cause.correlation_id,
            causation_id=self.cause.causation_id,
            seal=lambda request: self.vault.seal(event_id, request),
            traceparent=self.cause.traceparent,
            resumes=resumes,
        )
        if len(body) > MAX_EVENT_BYTES:
            raise invalid("event_too_large")
        self.outgoing.append(
            Outgoing(event_id, subject_of(event), event.key, body, self.cause.correlation_id, self.cause.traceparent)
        )
        return event_id

    def open(self, sealed: Sealed[T]) -> T:
        """Read this service's part of a sealed field of the event that caused this work.

        Errors: Refusal invalid when it is not for us, or not from this event.
        """
        if sealed.parts is None or sealed.shape is None or self.cause.causation_id is None:
            raise ValueError("only a received value can be opened")
        return sealed.shape.validate_json(self.vault.open(self.cause.causation_id, sealed.about, sealed.parts))

    def create_key(self, subject: str) -> None:
        """A key for a new person, request or case; durable before anything encrypted under it is."""
        self.keys.append(self.vault.mint(subject))

    async def cipher(self, subject: str) -> SubjectCipher:
        """The key of a person, request or case. Errors: Refusal not_found when it was destroyed."""
        cipher = await self.vault.cipher(subject)
        if cipher.unkept is not None:
            self.keys.append(cipher.unkept)
        return cipher

    async def ciphers(self, subjects: Collection[str]) -> dict[str, SubjectCipher]:
        """The keys of many with one query; those that were destroyed are absent."""
        ciphers = await self.vault.ciphers(subjects)
        self.keys += [cipher.unkept for cipher in ciphers.values() if cipher.unkept is not None]
        return ciphers

    async def change(self, table: Table, row_id: str, version: int, **values: Any) -> int:
        """Set `values` on the row `row_id` of `table` if it still has `version`; returns the next version.

        Errors: Refusal stale when somebody changed it meanwhile, not_found when there is no such row.
        """
        changed = await self.execute(
            update(table).where(table.c.id == row_id, table.c.version == version).values(**values, version=version + 1)
        )
        if changed.rowcount == 1:
            return version + 1
        present = (await self.execute(select(table.c.version).where(table.c.id == row_id))).scalar_one_or_none()
        if present is None:
            raise not_found()
        raise stale("stale_version", "Somebody changed it since you looked.")

    def audit(self, verb: str, *, case_id: str | None = None, subjects: Iterable[str] = ()) -> None:
        """Write down that the actor did or saw something; ids only."""
        self.entries.append(
            AuditEntry(
                self.now,
                self.actor.id,
                self.actor.kind,
                verb,
                case_id,
                tuple(subjects),
                self.cause.correlation_id,
                False,
            )
        )

    def permit(
        self,
        action: str,
        resource: Resource,
        *,
        see: str | None = None,
        asked: str | None = None,
        verb: str | None = None,
    ) -> None:
        """Go on only if the policies let the actor do `action`.

        see: the action that says whether the actor may know that the resource exists. asked: the id by which they asked
        for it, when that is not the resource's own; of what they may not know the log names nothing else. verb: what
        the log calls it, when `action` would tell what the id stands for.
        Errors: Refusal forbidden when they may know of it, else not_found, exactly as if it did not exist.
        """
        if (allows := self.tools.policies.allows)(self.actor, action, resource):
            return
        asked = asked or resource.id
        if see is not None and not allows(self.actor, see, resource):
            self.refuse(verb or action, asked)
            raise not_found()
        self.refuse(verb or action, *((asked,) if see is None else (resource.id, asked)))
        raise forbidden("not_permitted", "Your role does not allow this.")

    def refuse(self, verb: str, *subjects: str) -> None:
        """Write down that the actor was refused: the id they asked for and nothing else, unless they may know of it."""
        by, cause = self.actor, self.cause.correlation_id
        self.entries.append(AuditEntry(self.now, by.id, by.kind, verb, None, subjects, cause, True))

    async def permit_in_case(
        self,
        action: str,
        row_id: str,
        case: Column[str],
        *,
        see: str = "see_case",
        kind: str = "Case",
        asked_by: str | None = None,
        **attributes: Attribute,
    ) -> None:
        """The same for what belongs to a case, before anything else of it is read or decrypted.

        case: the column that names the case of the row `row_id`. A row that is not there is asked about like one of a
        case that the actor is recused from: the same queries, questions and audit rows. asked_by: the id that the
        actor named, when it is not that of the row. attributes: what else the policies ask; whether a veil hides it is
        found out at the same cost for what is not there (`shared.veils`).
        """
        case_id = (await self.execute(select(case).where(case.table.c.id == row_id))).scalar_one_or_none()
        how = await standing(self, self.actor, case_id or row_id)
        asked = Resource(
            kind,
            (case_id or row_id) if kind == "Case" else row_id,
            {**how, **({} if case_id else {"recused": True}), **attributes},
        )
        self.permit(action, asked, see=see, asked=asked_by or row_id)

    async def at(self, due: datetime, kind: str, subject: str) -> None:
        """Have the timer `kind` of `subject` fire once `due` has come; replaces an earlier one of the same name."""
        await set_timer(self.tx, kind, subject, due, self.cause.correlation_id)
        if self.tools.timer_bell.ring not in self.tx.after_commit:
            self.tx.after_commit.append(self.tools.timer_bell.ring)

    async def cancel(self, kind: str, subject: str) -> None:
        """The timer is no longer wanted."""
        await cancel_timer(self.tx, kind, subject)

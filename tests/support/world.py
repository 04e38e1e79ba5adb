"""The domain of a whole installation, read from its four databases, so that two runs of a story can be compared.

Rule: everything that a service knows is in it, ciphertext opened with the service's real keys and named with its
owner; left out is only what is named here: how often and at which real time something was tried, and what is random
by intent. What cannot be opened is an error, never a blank.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from sqlalchemy import Table, select

from deploy.local.house import SERVICES, Plan
from deploy.local.story.cast import STAFF, staff_id
from shared.access.approval_rows import approval_signatures, approvals
from shared.access.grants import access_entries, glass
from shared.database import Database, opened
from shared.errors import Refusal
from shared.vault import Blind, Ciphertext, KeyStore, MasterKeys, PublicKeysets, SubjectCipher, Vault
from shared.vault.columns import BlindIndex
from shared.vault.keystore import VAULT_KEYS
from shared.web.glass import BREAKINGS
from tests.support.refinement import ID, Row

SHARED = (access_entries, glass, BREAKINGS, approvals, approval_signatures)
"""Tables of the foundation that are of the domain."""

VEILED = ("intake", "logistics", "notify")
"""Services that are told who may look behind a veil; settlement tells it."""

TRIES = {"notify.delivery_attempts"}
"""Tables of what was tried how often; a crash adds a try and changes nothing else."""

REAL_TIME = {
    "notify.deliveries": {
        "attempts",
        "first_attempt_at",
        "next_attempt_at",
        "lease",
        "leased_until",
        "settled_at",
        "version",
    },
}
"""Columns that follow from real time and from how often something was tried."""

RANDOM = {
    **{f"{service}.veils": {"terms"} for service in VEILED},
    "notify.alerts": {"veil"},
    "notify.partners": {"inbound_secret", "outbound_secret", "endpoint_url"},
    "intake.reports": {"source", "digest", "pdf_digest"},
    **{f"{service}.approvals": {"digest"} for service in SERVICES},
}
"""Columns of values that are different in every run: secrets, a port, digests of ids, lists filled with nobodies, and
quotes in an order that follows from ids."""

STAFF_NAMES = {staff_id(name): name for name in (*STAFF, "channel")}


def domain_tables(service: str) -> list[Table]:
    """The tables of a service's domain, in order of their names."""
    import_module(f"services.{service}.service")
    own = import_module(f"services.{service}.database").metadata.tables.values()
    return sorted([*own, *SHARED], key=lambda table: table.name)


async def look(plan: Plan) -> list[Row]:
    """Every row of every service's domain; the services may run meanwhile."""
    rows: list[Row] = []
    for service in SERVICES:
        async with _opened(plan, service) as (database, ciphers):
            for table in domain_tables(service):
                if f"{service}.{table.name}" not in TRIES:
                    found = await read(database, select(table))
                    rows += [_row(service, table, one, ciphers) for one in found]
    return rows


async def read(database: Database, statement: Any) -> Sequence[Mapping[str, Any]]:
    """Rows of a query."""
    return await database.transact(lambda tx: _all(tx, statement))


async def _all(tx: Any, statement: Any) -> Sequence[Mapping[str, Any]]:
    return list((await tx.execute(statement)).mappings())


@asynccontextmanager
async def _opened(plan: Plan, service: str) -> AsyncIterator[tuple[Database, Mapping[str, SubjectCipher]]]:
    """The service's database, and every cipher that it has, by subject."""
    settings = plan.environment(service)
    urls = (settings["LODESTAR_DATABASE_URL"], settings["LODESTAR_KEYS_URL"])
    async with opened(urls[0]) as database, opened(urls[1]) as keys:
        masters, recipients = MasterKeys.load(plan.master(service)), PublicKeysets.load(plan.recipients)
        vault = Vault(service, masters, recipients, KeyStore(keys))
        subjects = [row["subject"] for row in await read(keys, select(VAULT_KEYS.c.subject))]
        yield database, {**await vault.ciphers(subjects), "own": vault.own()}


def _row(service: str, table: Table, found: Mapping[str, Any], ciphers: Mapping[str, SubjectCipher]) -> Row:
    name = f"{service}.{table.name}"
    cells: dict[str, str | None] = {}
    for column in table.columns:
        value = found[column.name]
        if column.name in REAL_TIME.get(name, ()):
            continue
        if column.name in RANDOM.get(name, ()):
            cells[column.name] = "…"
        elif isinstance(value, Ciphertext):
            cells[column.name] = _open(table, column.name, found, ciphers)
        else:
            cells[column.name] = _plain(value)
    return Row(name, {str(column): None if cell is None else _name_staff(cell) for column, cell in cells.items()})


def _open(table: Table, column: str, found: Mapping[str, Any], ciphers: Mapping[str, SubjectCipher]) -> str:
    """Whose key opens it, and what it says: a context is table, column and primary key, in every store."""
    key = [str(found[one.name]) for one in table.primary_key if not isinstance(one.type, BlindIndex)]
    context = f"{table.name}.{column}/{'/'.join(key)}"
    near = [value for value in found.values() if isinstance(value, str) and value in ciphers]
    for owner in dict.fromkeys([*near, *ciphers]):
        try:
            return f"{owner}: {ciphers[owner].decrypt(context, found[column]).decode().rstrip()}"
        except Refusal:
            continue
    raise AssertionError(f"no key opens {context.split('/', maxsplit=1)[0]}")


def _plain(value: Any) -> str | None:
    """A blind index is an id like others: equal where the value is."""
    if isinstance(value, Blind):
        return value.image.hex()[:32]
    return None if value is None else str(value)


def _name_staff(cell: str) -> str:
    return ID.sub(lambda found: STAFF_NAMES.get(found[0], found[0]), cell)

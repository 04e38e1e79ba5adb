"""Alembic's entry: runs a service's history on the connection that `shared.database.migrations` hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

options = context.config.attributes


def plain_types(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Migrations know what is stored, not who may read it: write a decorated type as what it is in the database."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


context.configure(
    connection=options["connection"],
    target_metadata=options["metadata"],
    render_item=plain_types,
)
with context.begin_transaction():
    context.run_migrations()

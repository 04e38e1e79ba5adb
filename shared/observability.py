"""Logs and metrics without personal data.

Rule: a log line carries event names, ids and codes, never content; errors are logged by type, because their messages
may quote what somebody wrote. The correlation id of the present request or unit of work is on every line.
"""

import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog

correlation: ContextVar[str | None] = ContextVar("correlation", default=None)


def configure_logging(service: str, level: str) -> None:
    """JSON lines on stderr, for structlog and the standard library alike."""

    def add_context(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
        line["service"] = service
        if (present := correlation.get()) is not None:
            line["correlation_id"] = present
        return line

    def forget_errors(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
        error = line.pop("exc_info", None)
        if error:
            kind = error[0] if isinstance(error, tuple) else type(error)
            line["error"] = getattr(kind, "__name__", "unknown")
        return line

    steps: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        add_context,
        forget_errors,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=steps,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("uvicorn.access", "httpx", "nats", "faststream"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

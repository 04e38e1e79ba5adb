"""A short connection with the operator's credential.

Rule: whoever calls gets a `Refusal` of the project, in one sentence, and never an error of the NATS library.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError

from deploy.bus.permissions import OPERATOR
from shared.contracts.topology import inbox_of
from shared.errors import conflict, forbidden, not_found, unavailable

CONNECT_SECONDS = 5


@asynccontextmanager
async def operating(url: str, seed_path: Path, tls: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    """Connected as operator; raises Refusal: unavailable, forbidden (credential), not_found or conflict (the call)."""
    client = await _connect(url, seed_path, tls)
    try:
        yield client
    except NotFoundError as missing:
        raise not_found("not_on_the_bus", missing.description or "the bus does not know it") from missing
    except APIError as refused:
        raise conflict("refused_by_bus", f"the bus refuses: {refused.description}") from refused
    except (nats.errors.Error, TimeoutError) as failed:
        detail = "the bus does not answer: it is not ready, or this credential may not do that"
        raise unavailable("bus_silent", detail) from failed
    finally:
        await client.close()


async def _connect(url: str, seed_path: Path, tls: ssl.SSLContext | None) -> Client:
    """`allow_reconnect=False` alone does not help: the library would try a closed port 60 times, every two seconds."""
    client = Client()
    try:
        await client.connect(
            url,
            nkeys_seed=str(seed_path),
            inbox_prefix=inbox_of(OPERATOR),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=CONNECT_SECONDS,
            error_cb=_tell_nobody,
            tls=tls,
        )
    except (OSError, TimeoutError, nats.errors.NoServersError) as failed:
        raise unavailable("bus_unreachable", f"no bus answers at {url}") from failed
    except nats.errors.Error as refused:
        raise forbidden("bus_credential", f"the bus at {url} does not take this credential") from refused
    return client


async def _tell_nobody(_: Exception) -> None:
    """The caller gets the exception; the library would log a traceback besides."""

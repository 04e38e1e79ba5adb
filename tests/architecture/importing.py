"""Run in a process of its own: imports every module named in its arguments and tells, as JSON, what that did.

Rule: standard library only before the imports, so that whatever happens is theirs.
"""

import importlib
import json
import os
import sys

done: list[str] = []
ACTS = {"socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.mkdir", "os.remove", "os.rename"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Write down what reaches outside of the process."""
    if event in ACTS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
        done.append(f"{event} {arguments[0]}")


if __name__ == "__main__":
    before = dict(os.environ)
    sys.addaudithook(watch)
    modules = [importlib.import_module(name) for name in sys.argv[1:]]
    acts = list(done)

    from faststream.nats import NatsBroker
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine
    from starlette.applications import Starlette

    from shared.database import Database
    from shared.settings import ServiceSettings

    live = (NatsBroker, Starlette, Engine, AsyncEngine, Database, ServiceSettings)
    kept = [f"{m.__name__}.{name}" for m in modules for name, value in vars(m).items() if isinstance(value, live)]
    changed = {name for name in {*before, *os.environ} if before.get(name) != os.environ.get(name)}
    print(json.dumps({"acts": acts, "kept": kept, "environment": sorted(changed)}))

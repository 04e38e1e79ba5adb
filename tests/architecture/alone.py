"""Run in a process of its own, isolated and without site: starts one service from a folder that holds it and `shared`.

Rule: the folder comes first on the path, third-party packages after it, and of the checkout nothing can be reached.
Arguments: folder, packages, service, others (comma between them), and what the service's own program is told.
"""

import importlib.util
import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    folder, packages, service, others, *command = sys.argv[1:]
    sys.path[:0] = [folder]
    sys.path.append(packages)

    import services
    import shared

    assert Path(shared.__file__).is_relative_to(folder), shared.__file__
    assert Path(services.__file__).is_relative_to(folder), services.__file__
    assert importlib.util.find_spec("deploy") is None
    assert importlib.util.find_spec("tests") is None
    assert not [name for name in others.split(",") if importlib.util.find_spec(f"services.{name}") is not None]

    sys.argv = [f"services.{service}", *command]
    runpy.run_module(f"services.{service}", run_name="__main__")

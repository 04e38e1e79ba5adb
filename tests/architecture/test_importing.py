"""Importing a module has no side effect."""

import json
import subprocess
import sys
from pathlib import Path

from tests.architecture import importing
from tests.architecture.tree import ROOT, sources

SCRIPTS = {"migrations", "alembic"}
"""Run by Alembic, never imported."""


def modules() -> list[str]:
    """Every module of the distribution by name."""
    paths = [path.relative_to(ROOT) for path in sources("services", "shared", "deploy")]
    importable = [path for path in paths if not SCRIPTS & set(path.parts)]
    return [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in importable]


def test_importing_does_nothing(tmp_path: Path) -> None:
    """No file, socket, process or variable is touched, and no broker, application, database or settings is left."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-B", importing.__file__, *modules()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"acts": [], "kept": [], "environment": []}
    assert list(tmp_path.iterdir()) == []

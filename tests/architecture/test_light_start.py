"""Importing negosim, asking for help and checking a scenario stay fast: no heavy package is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"matplotlib", "mesa", "networkx", "pandas", "scipy"}
COMMAND = """
import json, sys
from negosim.cli import main
sys.argv = ["negosim", *json.loads(sys.argv[1])]
try:
    status = main()
except SystemExit as end:
    status = end.code
print(json.dumps([status, sorted({name.split(".")[0] for name in sys.modules})]), file=sys.stderr)
"""
IMPORT = """
import json, sys
before = set(sys.modules)
import negosim
print(json.dumps(sorted({name.split(".")[0] for name in set(sys.modules) - before})))
"""


def loaded_by(arguments: list[str], folder: Path) -> tuple[int | None, set[str], str]:
    """Run the command line in a fresh interpreter: its status, the packages it loaded, and its output."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, json.dumps(arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
        timeout=120,
    )
    status, packages = json.loads(done.stderr.splitlines()[-1])
    return status, set(packages), done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["check", "us_japan_2025"]], ids=" ".join)
def test_the_command_line_starts_light(arguments: list[str], tmp_path: Path) -> None:
    status, packages, output = loaded_by(arguments, tmp_path)
    assert status in (0, None)
    assert output.strip()
    assert "negosim" in packages
    assert packages & HEAVY == set()


def test_importing_the_package_loads_only_the_standard_library(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], capture_output=True, text=True, cwd=tmp_path, check=True, timeout=60
    )
    assert "negosim" in (packages := set(json.loads(done.stdout)))
    assert packages - {"negosim"} <= set(sys.stdlib_module_names)

"""Imports go one way, and every outside package has one room that may use it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import negosim

PACKAGE = Path(negosim.__file__).parent
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "configs" not in p.relative_to(PACKAGE).parts)
ROOMS = ("errors", "core", "output", "scenario", "sim", "sweeps", "view", "cli")
"""From the bottom up: a room may import itself and those before it."""

ONLY_IN = {"mesa": {"sim"}, "tomllib": {"scenario"}, "matplotlib": {"view"}, "typer": {"cli"}}
FILES_CLOCK_AND_CHANCE = "io os pathlib random shutil sqlite3 subprocess tempfile time tomllib"
NOT_IN_CORE = set(FILES_CLOCK_AND_CHANCE.split(" "))


def module_of(file: Path) -> str:
    """Return the dotted name of a file of the package."""
    parts = ("negosim", *file.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str) -> Iterator[str]:
    """Yield what a source imports anywhere, ``a.b.c`` for ``from a.b import c``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the room they reach into"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str | None:
    """Return the room a dotted name of negosim belongs to; None for the bare package and its plain names."""
    parts = name.split(".")
    parts = negosim._HOMES.get(parts[1], name).split(".") if len(parts) > 1 else parts
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else None


def against_the_flow(module: str, source: str) -> list[str]:
    """Return the imports of a module that reach up into a later room."""
    here = room_of(module)
    if here is None:  # the package itself only names the modules that its public names come from
        return [name for name in imports_of(source) if name.startswith("negosim.")]
    return [
        name
        for name in imports_of(source)
        if name.startswith("negosim.") and (room := room_of(name)) and ROOMS.index(room) > ROOMS.index(here)
    ]


def test_every_module_has_a_room() -> None:
    assert len(FILES) > 20
    assert [m for m in map(module_of, FILES) if m != "negosim" and room_of(m) is None] == []


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_imports_go_one_way(file: Path) -> None:
    assert against_the_flow(module_of(file), file.read_text()) == []


def test_an_import_against_the_flow_is_noticed() -> None:
    for source in (
        "from negosim.sim.model import NegotiationModel",
        "def f():\n    import negosim.cli",
        "from negosim import Record",
    ):
        assert against_the_flow("negosim.core.space", source) != []
    assert against_the_flow("negosim.sim.model", "from negosim.core.space import Space") == []


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_outside_packages_stay_in_their_room(file: Path) -> None:
    used = {name.split(".")[0] for name in imports_of(file.read_text())}
    room = room_of(module_of(file))
    assert {package for package in used & set(ONLY_IN) if room not in ONLY_IN[package]} == set()


@pytest.mark.parametrize("file", sorted((PACKAGE / "core").glob("*.py")), ids=module_of)
def test_core_is_numpy_and_the_standard_library(file: Path) -> None:
    used = {name.split(".")[0] for name in imports_of(file.read_text())}
    assert used <= (set(sys.stdlib_module_names) - NOT_IN_CORE) | {"numpy", "negosim"}


@pytest.mark.parametrize("file", sorted((PACKAGE / "core").glob("*.py")), ids=module_of)
def test_core_opens_no_file_and_draws_from_no_global_state(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"open", "np.load", "np.save", "np.loadtxt", "np.fromfile", "print"}
            assert not called.startswith("np.random.")


def test_nothing_is_imported_by_a_name_made_at_run_time() -> None:
    dynamic = {"importlib.import_module", "import_module", "__import__"}
    users = {
        module_of(file)
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in dynamic
    }
    assert users <= {"negosim"}

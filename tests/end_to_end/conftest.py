"""A copy of a small scenario to break, and the command line run in this process."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from negosim.cli import main

HARBOUR = Path(__file__).parents[1] / "scenarios" / "harbour"


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the scenario harbour, with its parent as the current folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(HARBOUR, tmp_path / "harbour"))


@pytest.fixture
def negosim(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Return the command line as a function."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["negosim", *arguments])
        status: object = 0
        try:
            main()
        except SystemExit as end:
            status = end.code
        assert isinstance(status, int | None)
        return Ended(status or 0, *capsys.readouterr())

    return run

"""The folder of a run: whether it may be written, and what it holds.

A folder is written only if it is new, empty, or holds the same run; every file is written whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from negosim.errors import NegosimError
from negosim.scenario.load import Scenario

RUN_KEY = ("scenario", "digest", "applied", "seed")
"""What makes two runs the same run, among the entries of an outcome."""


def run_key(scenario: Scenario, seed: int) -> dict[str, Any]:
    """Return what makes two runs the same run."""
    return {
        "scenario": scenario.name,
        "digest": scenario.digest,
        "applied": list(scenario.applied),
        "seed": seed,
    }


def refuse_foreign(folder: str | Path, key: Mapping[str, Any]) -> Path:
    """Return the path of a folder that may be written: one that does not exist, is empty, or holds the same run.

    Parameters
    ----------
    folder : str or Path
    key : mapping
        As `run_key` returns it.

    Raises
    ------
    NegosimError
        It holds anything else, or is a file.
    """
    target = Path(folder)
    try:
        nearest_there = next(place for place in (target, *target.parents) if place.exists())
        if not nearest_there.is_dir():
            raise NegosimError(f"{nearest_there}: is a file; --out needs a folder")
        if not os.access(nearest_there, os.W_OK):
            raise NegosimError(f"{nearest_there}: cannot be written: Permission denied")
        held = sorted(p.name for p in target.iterdir()) if target.exists() else []
    except OSError as error:
        raise NegosimError(f"{target}: cannot be read: {error.strerror}") from None
    if held and not _holds(target, key):
        other = _held_run(target)
        if other:
            raise NegosimError(
                f"{target}: this folder holds another run ({other}); nothing was written; give a new or empty folder"
            )
        listed = ", ".join(held[:4]) + (", …" if len(held) > 4 else "")
        raise NegosimError(
            f"{target}: this folder already holds other files ({listed}); nothing was written; "
            "give a new or empty folder"
        )
    return target


def refuse_stray(folder: Path, names: list[str]) -> None:
    """Raise if a folder for several runs holds anything but folders of these names."""
    stray = sorted(p.name for p in folder.iterdir() if p.name not in names) if folder.is_dir() else []
    if stray:
        raise NegosimError(
            f"{folder}: this folder already holds other files ({', '.join(stray[:4])}{', …' if len(stray) > 4 else ''}); "
            "nothing was written; give a new or empty folder"
        )


def _outcome(folder: Path) -> dict[str, Any]:
    try:
        held = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _holds(folder: Path, key: Mapping[str, Any]) -> bool:
    held = _outcome(folder)
    return bool(held) and all(held.get(name) == value for name, value in key.items())


def _held_run(folder: Path) -> str:
    """Name the run that a folder holds; empty if it holds none."""
    held = _outcome(folder)
    if not all(name in held for name in RUN_KEY):
        return ""
    applied = f" with {', '.join(map(str, held['applied']))}" if held["applied"] else ""
    return f"{held['scenario']}{applied}, seed {held['seed']}"


def write_whole(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise NegosimError(f"{file}: cannot be written: {error.strerror}") from None

"""A scripted player's offers: a CSV file, one row a turn.

The column ``action`` says ``offer``, ``accept`` or ``pass``; for an offer, one column an issue gives its level. Issues off the
table need no column.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from negosim.core.protocol import Accept, Offer, Pass
from negosim.core.space import Issue, Level, Space, SpaceError
from negosim.core.tactics import Script
from negosim.errors import NegosimError, nearest
from negosim.scenario import schema

ACTIONS = ("offer", "accept", "pass")


class ScriptError(NegosimError):
    """A script that cannot be played."""


def read_script(document: schema.Document, file: Path) -> Script:
    """Read the moves of a scripted player.

    Raises
    ------
    ScriptError
        Naming file, line and column: a missing file or column, an unknown action, a level off the grid.
    """
    issues = {name: issue for name, issue in document.issues.items() if issue.on_table}
    space = Space(tuple(Issue(name, issue.levels) for name, issue in issues.items()))
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            columns = list(reader.fieldnames or [])
            _check_columns(columns, list(document.issues), list(issues), f"{file.name}:1")
            return Script(tuple(_move(space, row, f"{file.name}:{reader.line_num}") for row in reader))
    except OSError as error:
        raise ScriptError(f"{file.name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScriptError(f"{file.name}: not UTF-8 text; save the file as UTF-8") from None
    except csv.Error as error:
        raise ScriptError(f"{file.name}: not valid CSV: {error}; is a quote missing?") from None


def _check_columns(columns: list[str], known: list[str], needed: list[str], where: str) -> None:
    allowed = ("action", *needed)
    for k, column in enumerate(columns):
        if column not in ("action", *known):
            raise ScriptError(
                f"{where}: unknown column '{column}'{nearest(column, allowed)}; allowed: {', '.join(allowed)}"
            )
        if column in columns[:k]:
            raise ScriptError(f"{where}: the column '{column}' stands twice")
    missing = [name for name in allowed if name not in columns]
    if missing:
        raise ScriptError(f"{where}: missing {'column' if len(missing) == 1 else 'columns'}: {', '.join(missing)}")


def _move(space: Space, row: dict[str | None, Any], where: str) -> Offer | Accept | Pass:
    if None in row:
        raise ScriptError(f"{where}: more fields than columns: found '{', '.join(row[None])}' at the end")
    action = (row["action"] or "").strip()
    if action == "accept":
        return Accept()
    if action == "pass":
        return Pass()
    if action != "offer":
        raise ScriptError(f"{where}: action '{action}'{nearest(action, ACTIONS)}; allowed: {', '.join(ACTIONS)}")
    try:
        return Offer(space.code({issue.name: _level(issue, (row[issue.name] or "").strip()) for issue in space.issues}))
    except SpaceError as error:
        raise ScriptError(f"{where}: {error}") from None


def _level(issue: Issue, text: str) -> Level:
    if isinstance(issue.levels[0], str):
        return text
    try:
        return float(text)
    except ValueError:
        raise SpaceError(f"issue '{issue.name}': found '{text}', allowed: one of its levels, a number") from None

"""A scripted player's offers: a CSV file, one row a turn.

The column ``action`` says ``offer``, ``accept`` or ``pass``; for an offer, one column an issue gives its level. Issues off the
table need no column.
"""

from __future__ import annotations

import csv
from pathlib import Path

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
        with file.open(encoding="utf-8", newline="") as text:
            reader = csv.DictReader(text)
            columns = reader.fieldnames or []
            for column in columns:
                if column not in ("action", *document.issues):
                    allowed = ("action", *issues)
                    raise ScriptError(f"{file.name}:1: unknown column '{column}'{nearest(column, allowed)}; "
                                      f"allowed: {', '.join(allowed)}")  # fmt: skip
            missing = [name for name in ("action", *issues) if name not in columns]
            if missing:
                raise ScriptError(f"{file.name}:1: the columns {', '.join(missing)} are missing")
            return Script(tuple(_move(space, row, f"{file.name}:{reader.line_num}") for row in reader))
    except OSError as error:
        raise ScriptError(f"{file.name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScriptError(f"{file.name}: not UTF-8 text") from None


def _move(space: Space, row: dict[str, str], where: str) -> Offer | Accept | Pass:
    action = (row["action"] or "").strip()
    if action == "accept":
        return Accept()
    if action == "pass":
        return Pass()
    if action != "offer":
        raise ScriptError(
            f"{where}: action '{action}'{nearest(action, ACTIONS)}; allowed: {', '.join(ACTIONS)}"
        )
    try:
        return Offer(
            space.code({issue.name: _level(issue, (row[issue.name] or "").strip()) for issue in space.issues})
        )
    except SpaceError as error:
        raise ScriptError(f"{where}: {error}") from None


def _level(issue: Issue, text: str) -> Level:
    if isinstance(issue.levels[0], str):
        return text
    try:
        return float(text)
    except ValueError:
        raise SpaceError(f"issue '{issue.name}': found '{text}', allowed: a number") from None

"""From the files of a scenario folder to one raw document that remembers where each part stands.

Nothing is checked here beyond the files themselves: TOML, names of files, keys that stand twice. Everything that is wrong
is collected and reported at once, in the order of the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from negosim.errors import NegosimError, nearest
from negosim.scenario.fields import written
from negosim.scenario.positions import doubled, first_fault, positions

SECTIONS = ("issues", "markets", "accounts", "events", "overrides", "sources", "facts")
NAMED = (*SECTIONS, "values", "parties", "groups")
"""Sections whose keys are names given by the scenario rather than fields."""
HINDSIGHT_FILE = "hindsight.toml"
KeyPath = tuple[str | int, ...]
Complaint = tuple[KeyPath, str]


class ScenarioError(NegosimError):
    """One or more things that are wrong with a scenario, a line each."""


@dataclass(frozen=True)
class Raw:
    """A document as read and patched, and where its parts stand.

    Attributes
    ----------
    folder : Path
    document : dict
        Plain tables, lists and values.
    files : dict of Path to str
        Texts of the files, in the order of reading.
    homes : dict
        For keys of the document: the file they stand in and their path inside it.
    patches : dict
        For keys that an override or a setting has put there: how the user named it.
    pinned : set of str
        Values that a patch has fixed.
    """

    folder: Path
    document: dict[str, Any]
    files: dict[Path, str]
    homes: dict[KeyPath, tuple[Path, KeyPath]]
    patches: dict[KeyPath, str] = field(default_factory=dict)
    pinned: set[str] = field(default_factory=set)

    def place(self, path: KeyPath) -> str:
        """Return ``file:line:column`` of a key of the document, or the patch that set it."""
        return self._found(path)[1]

    def _found(self, path: KeyPath) -> tuple[tuple[int, int, int], str]:
        """Return a place as a key to sort by and as text."""
        for cut in range(len(path), 0, -1):
            if path[:cut] in self.patches:
                return (-1, list(self.patches).index(path[:cut]), 0), self.patches[path[:cut]]
        for below in self.patches:
            if len(path) > 1 and below[: len(path)] == path:
                return (-1, list(self.patches).index(below), 0), self.patches[below]
        root = (self.folder / "scenario.toml", path)
        for cut in range(len(path), 0, -1):
            if path[:cut] in self.homes:
                file, prefix = self.homes[path[:cut]]
                root = (file, (*prefix, *path[cut:]))
                break
        file, inside = root
        known = positions(self.files.get(file, ""))
        line, column = next((known[inside[:k]] for k in range(len(inside), 0, -1) if inside[:k] in known), (1, 1))
        order = list(self.files).index(file) if file in self.files else 0
        return (order, line, column), f"{shown(file)}:{line}:{column}"

    def lines(self, complaints: Iterable[Complaint]) -> list[str]:
        """Word complaints in the order in which a reader meets them; a name missing in many places is one line."""
        found = {(self._found(path), path, text): None for path, text in complaints}
        ordered = sorted(found, key=lambda item: item[0][0])
        lines: list[str] = []
        for (_, where), path, text in ordered:
            places = [other for other in ordered if other[2] == text] if text.startswith("no ") else []
            if places and places[0][1] != path:
                continue
            more = f" (here and in {len(places) - 1} more place{'s' * (len(places) > 2)})" if len(places) > 1 else ""
            lines.append(f"{where}: {'.'.join(map(str, path))}: {text}{more}")
        return lines


def fail(raw: Raw, complaints: Iterable[Complaint], before: Iterable[str] = ()) -> None:
    """Raise a `ScenarioError` with one line a complaint, after lines worded already; do nothing when there is none."""
    lines = [*before, *raw.lines(complaints)]
    if lines:
        raise ScenarioError("\n".join(lines))


def read_folder(folder: Path) -> Raw:
    """Read all files of a scenario folder into one document.

    Raises
    ------
    ScenarioError
        Every file that cannot be read or is no TOML, every key that stands twice, every file that is no part of a scenario.
    """
    raw = Raw(folder, {}, {}, {})
    wrong: list[str] = []
    for file in _files(folder):
        prefix = _prefix(folder, file)
        if isinstance(prefix, str):
            wrong.append(prefix)
            continue
        try:
            table = _read(file, raw)
        except ScenarioError as error:
            wrong.append(str(error))
            continue
        values = table.pop("values", {})
        wrong += _merge(raw, file, prefix, (), table)
        wrong += _merge(raw, file, ("values",), ("values",), values)
    if wrong:
        raise ScenarioError("\n".join(wrong))
    return raw


def _files(folder: Path) -> list[Path]:
    found = [*folder.glob("*.toml"), *folder.glob("*/*.toml")]
    kept = [file for file in found if not (file.parent == folder and file.name == HINDSIGHT_FILE)]
    return sorted(kept, key=lambda f: (f.name != "scenario.toml", f.parent != folder, f.parent.name, f.name))


def _prefix(folder: Path, file: Path) -> KeyPath | str:
    """Return where the keys of a file belong in the document, or what is wrong with its name."""
    if file.parent != folder:
        if file.parent.name == "parties":
            return "parties", file.stem
        hint = nearest(file.parent.name, ["parties"])
        return f"{shown(file)}: no part of a scenario is a folder of this name{hint}; allowed: parties/NAME.toml"
    if file.stem in SECTIONS:
        return (file.stem,)
    if file.stem == "scenario":
        return ()
    allowed = [f"{name}.toml" for name in ("scenario", *SECTIONS, "hindsight")]
    return (
        f"{shown(file)}: no part of a scenario has this name{nearest(file.name, allowed)}; "
        f"allowed: {', '.join(allowed)} and parties/NAME.toml"
    )


def _read(file: Path, raw: Raw) -> dict[str, Any]:
    try:
        raw.files[file] = file.read_text(encoding="utf-8-sig")
        return tomllib.loads(raw.files[file])
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ScenarioError(
            f"{shown(file)}:{line}: not UTF-8 text (byte 0x{error.object[error.start]:02x}); save the file as UTF-8"
        ) from None
    except OSError as error:
        raise ScenarioError(f"{shown(file)}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise ScenarioError(f"{shown(file)}: not valid TOML: nested too deeply") from None
    except ValueError as error:
        raise ScenarioError(_syntax(file, raw.files[file], str(error))) from None


def _syntax(file: Path, text: str, message: str) -> str:
    """Word what `tomllib` refuses, with a place even where it gives none."""
    if twice := doubled(text) if any(word in message for word in ("overwrite", "declare", "mutate")) else None:
        path, (line, column), first = twice
        return (
            f"{shown(file)}:{line}:{column}: {'.'.join(map(str, path))}: stands twice; "
            f"first at {shown(file)}:{first[0]}:{first[1]}"
        )
    what, _, at = message.partition(" (at ")
    if at.startswith("line "):
        line, column = (int(part) for part in at.removeprefix("line ").rstrip(")").split(", column "))
    else:
        line, column = first_fault(text) or (1, 1)
    lines = text.split("\n")
    found = lines[line - 1].strip() if line <= len(lines) else ""
    hint = ""
    if what == "Invalid value":
        hint = " (text stands in quotes; true and false in small letters)"
    elif what.startswith("Illegal character"):
        hint = " (is a quote missing at the end of a text?)"
    return f"{shown(file)}:{line}:{column}: not valid TOML: {what}{hint}; found: {found[:80]}"


def _merge(raw: Raw, file: Path, target: KeyPath, inside: KeyPath, table: Any) -> list[str]:
    """Put the keys of a table into the document at a path; return what stands twice or is no table."""
    if not isinstance(table, dict):
        return [
            f"{_at(raw, file, inside)}: {'.'.join(map(str, target))}: has to be a table of named entries, found {written(table)}"
        ]
    home: Any = raw.document
    for key in target:
        home = home.setdefault(key, {})
        if not isinstance(home, dict):
            return []  # what stands there is refused where it was read
    if target:
        raw.homes.setdefault(target, (file, inside))
    wrong: list[str] = []
    for key, value in table.items():
        path: KeyPath = (*target, key)
        if not target and key in NAMED:
            wrong += _merge(raw, file, (key,), (key,), value)
        elif key in home:
            wrong.append(
                f"{_at(raw, file, (*inside, key))}: {'.'.join(map(str, path))}: stands twice; first at {raw.place(path)}"
            )
        else:
            home[key] = value
            raw.homes[path] = (file, (*inside, key))
    return wrong


def _at(raw: Raw, file: Path, inside: KeyPath) -> str:
    line, column = positions(raw.files[file]).get(inside, (1, 1))
    return f"{shown(file)}:{line}:{column}"


def shown(path: Path) -> str:
    """Return a path as the user would type it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)

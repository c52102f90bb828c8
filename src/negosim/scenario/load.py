"""Read a scenario folder into one checked, frozen `Scenario`.

The folder is one document. ``scenario.toml`` holds its root and may hold any section; ``issues.toml``, ``markets.toml``,
``accounts.toml``, ``events.toml``, ``overrides.toml``, ``sources.toml`` and ``facts.toml`` hold the section of their name;
``parties/NAME.toml`` holds one party. ``[values.NAME]`` may stand in every file. ``hindsight.toml`` is not part of the
document: only scoring reads it.

Overrides and ``--set`` patch the document before it is checked, so a patched scenario obeys the same rules.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

import negosim
from negosim.errors import NegosimError, nearest
from negosim.scenario import schema
from negosim.scenario.positions import positions

if TYPE_CHECKING:
    from negosim.core.problem import Problem
    from negosim.scenario.economy import Economy
    from negosim.scenario.timetable import Timetable

SECTIONS = ("issues", "markets", "accounts", "events", "overrides", "sources", "facts")
HINDSIGHT_FILE = "hindsight.toml"
KeyPath = tuple[str | int, ...]
Complaint = tuple[KeyPath, str]


class ScenarioError(NegosimError):
    """One or more things that are wrong with a scenario, a line each."""


@dataclass(frozen=True)
class Raw:
    """A document as read and patched, and where its parts stand."""

    folder: Path
    document: dict[str, Any]
    files: dict[Path, str]
    homes: dict[KeyPath, tuple[Path, KeyPath]]
    patches: dict[KeyPath, str] = field(default_factory=dict)

    def place(self, path: KeyPath) -> str:
        """Return ``file:line:column`` of a key of the document, or the patch that set it."""
        for cut in range(len(path), 0, -1):
            if path[:cut] in self.patches:
                return self.patches[path[:cut]]
        for cut in range(len(path), 0, -1):
            if path[:cut] in self.homes:
                file, prefix = self.homes[path[:cut]]
                return self._line(file, (*prefix, *path[cut:]))
        return f"{_shown(self.folder / 'scenario.toml')}:1:1"

    def _line(self, file: Path, inside: KeyPath) -> str:
        known = positions(self.files[file])
        for cut in range(len(inside), 0, -1):
            if inside[:cut] in known:
                line, column = known[inside[:cut]]
                return f"{_shown(file)}:{line}:{column}"
        return f"{_shown(file)}:1:1"


def fail(raw: Raw, complaints: Iterable[Complaint]) -> None:
    """Raise a `ScenarioError` with one line a complaint, each once; do nothing when there is none."""
    lines = dict.fromkeys(
        f"{raw.place(path)}: {'.'.join(map(str, path))}: {text}" for path, text in complaints
    )
    if lines:
        raise ScenarioError("\n".join(lines))


@dataclass(frozen=True)
class Scenario:
    """A checked scenario.

    Attributes
    ----------
    name : str
        Name of the folder.
    folder : Path
    document : Document
        What the files say, after overrides.
    applied : tuple of str
        The overrides and settings that were applied, as typed.
    digest : str
        SHA-256 of everything that can change a result.
    """

    name: str
    folder: Path
    document: schema.Document
    applied: tuple[str, ...]
    digest: str
    raw: Raw = field(repr=False, compare=False)

    def number(self, given: float | str) -> float:
        """Return a number, looking ``"@name"`` up among the values."""
        return self.document.values[given[1:]].value if isinstance(given, str) else given

    @cached_property
    def economy(self) -> Economy:
        """Markets and accounts, ready to be evaluated."""
        from negosim.scenario.economy import Economy

        return Economy(self)

    @cached_property
    def problem(self) -> Problem:
        """The arrays that theory and talks read; built once."""
        from negosim.scenario.build import build_problem

        return build_problem(self)

    @cached_property
    def timetable(self) -> Timetable:
        """Rounds, deadlines, and what is in force when."""
        from negosim.scenario.timetable import Timetable

        return Timetable.of(self)

    def _repr_html_(self) -> str:
        d = self.document
        rows = "".join(f"<li>{p.label} <em>({name})</em></li>" for name, p in d.parties.items())
        return f"<b>{d.title}</b><p>{d.question}</p><p>{len(d.issues)} issues; parties:</p><ul>{rows}</ul>"


def shipped() -> dict[str, Path]:
    """Return the scenarios that come with negosim, by name."""
    root = Path(negosim.__file__).parent / "configs"
    return (
        {p.name: p for p in sorted(root.iterdir()) if (p / "scenario.toml").is_file()}
        if root.is_dir()
        else {}
    )


def find_folder(scenario: str | Path) -> Path:
    """Return the folder of a scenario given as a path or as the name of one that ships."""
    folder = Path(scenario)
    if folder.is_dir():
        if not (folder / "scenario.toml").is_file():
            raise ScenarioError(f"{_shown(folder)}: no scenario.toml in this folder, so it is not a scenario")
        return folder
    if folder.is_file():
        raise ScenarioError(
            f"{_shown(folder)}: a scenario is a folder, this is a file; give the folder it stands in"
        )
    known = shipped()
    if str(scenario) in known:
        return known[str(scenario)]
    raise ScenarioError(
        f"no scenario '{scenario}'{nearest(str(scenario), known)}; "
        f"give a folder with a scenario.toml or one of: {', '.join(known)}"
    )


def load_scenario(
    scenario: str | Path,
    overrides: Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> Scenario:
    """Load, patch and check a scenario.

    Parameters
    ----------
    scenario : str or Path
        A folder, or the name of a scenario that ships.
    overrides : iterable of str
        Names from its overrides.toml, applied in order.
    settings : mapping of str to value, optional
        Dotted keys of the document and what to put there, applied last. A key that ends at a sourced value sets its
        ``value`` and fixes it: runs take it instead of drawing from its range.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        Everything that is wrong with it, a line each: file, line, column, key, what was found, what is allowed.

    Examples
    --------
    >>> load_scenario("two_neighbours").document.seats
    ['uplandia', 'coastalia']
    """
    if isinstance(overrides, str):
        overrides = [overrides]
    raw = read_folder(find_folder(scenario))
    chosen, settings = list(overrides), dict(settings or {})
    available = raw.document.get("overrides", {})
    for name in chosen:
        if name not in available:
            listed = ", ".join(available) or "none"
            raise ScenarioError(
                f"{_shown(raw.folder)}: no override '{name}'{nearest(name, available)}; overrides: {listed}"
            )
        for key, value in (available[name].get("set") or {}).items():
            where = raw.place(("overrides", name, "set", key))
            patch(raw, key, value, f"{where} (override {name})")
    for key, value in settings.items():
        patch(raw, key, value, f"--set {key}={value}")
    document = parse(raw)
    from negosim.scenario.check import complaints

    fail(raw, complaints(document, raw.folder))
    applied = (*chosen, *(f"{key}={value}" for key, value in settings.items()))
    return Scenario(raw.folder.resolve().name, raw.folder, document, applied, _digest(raw), raw)


def parse_settings(given: Iterable[str]) -> dict[str, Any]:
    """Read ``KEY=VALUE`` texts; a value is written as in TOML, and a bare word is text.

    Examples
    --------
    >>> parse_settings(["values.horizon=2", "protocol.kind=simple", "issues.quota.on_table=false"])
    {'values.horizon': 2, 'protocol.kind': 'simple', 'issues.quota.on_table': False}
    """
    settings: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise ScenarioError(f"--set {text}: found no '=', allowed: KEY=VALUE, e.g. values.horizon=2")
        try:
            settings[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            settings[key.strip()] = value.strip()
    return settings


def read_folder(folder: Path) -> Raw:
    """Read all files of a scenario folder into one document; nothing is checked beyond TOML and double keys."""
    raw = Raw(folder, {}, {}, {})
    files = [*folder.glob("*.toml"), *folder.glob("parties/*.toml")]
    for file in sorted(files, key=lambda f: (f.name != "scenario.toml", f.parent != folder, f.name)):
        if file.parent == folder and file.name == HINDSIGHT_FILE:
            continue
        prefix: KeyPath = ()
        if file.parent.name == "parties" and file.parent != folder:
            prefix = ("parties", file.stem)
        elif file.stem in SECTIONS:
            prefix = (file.stem,)
        elif file.stem != "scenario":
            allowed = ("scenario", *SECTIONS, "hindsight")
            raise ScenarioError(
                f"{_shown(file)}: no part of a scenario has this name{nearest(file.stem, allowed)}; allowed: "
                f"{', '.join(f'{name}.toml' for name in allowed)} and parties/NAME.toml"
            )
        table = _read(file, raw)
        values = table.pop("values", {})
        _place_table(raw, file, prefix, (), table)
        _place_table(raw, file, ("values",), ("values",), values)
    return raw


def _read(file: Path, raw: Raw) -> dict[str, Any]:
    try:
        raw.files[file] = file.read_text(encoding="utf-8")
        return tomllib.loads(raw.files[file])
    except tomllib.TOMLDecodeError as error:
        text = str(error)
        line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
        if line is None and "(at line " in text:
            text, _, at = text.partition(" (at line ")
            line, column = (part.strip() for part in at.rstrip(")").split(", column "))
        where = f"{_shown(file)}:{line}:{column}" if line else f"{_shown(file)}"
        raise ScenarioError(f"{where}: not valid TOML: {text}") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{_shown(file)}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ScenarioError(f"{_shown(file)}: cannot be read: {error.strerror}") from None


def _place_table(raw: Raw, file: Path, target: KeyPath, inside: KeyPath, table: Any) -> None:
    if not isinstance(table, dict):
        raise ScenarioError(f"{raw._line(file, inside)}: '{'.'.join(map(str, inside))}' has to be a table")
    home: Any = raw.document
    for key in target:
        home = home.setdefault(key, {})
    if target:
        raw.homes.setdefault(target, (file, inside))
    for key, value in table.items():
        path = (*target, key)
        if isinstance(value, dict) and isinstance(home.get(key), dict) and (*target, key) not in raw.homes:
            home[key].update(value)
        elif not target and key in (*SECTIONS, "parties", "groups") and isinstance(value, dict):
            _place_table(raw, file, (key,), (*inside, key), value)
        elif key in home:
            first = raw.place(path)
            raise ScenarioError(
                f"{raw._line(file, (*inside, key))}: '{'.'.join(map(str, path))}' stands twice; first at {first}"
            )
        else:
            home[key] = value
            raw.homes[path] = (file, (*inside, key))


def patch(raw: Raw, key: str, value: Any, where: str) -> None:
    """Put a value at a dotted key of the document.

    Raises
    ------
    ScenarioError
        A table on the way does not exist; the message names the nearest key.
    """
    names = key.split(".")
    if names[0] == "values" and names[2:] == ["value"]:
        names.pop()
    path: list[str | int] = []
    home: Any = raw.document
    for depth, name in enumerate(names):
        last = depth == len(names) - 1
        step: str | int = name
        if isinstance(home, list):
            labels = [
                item.get("name", str(k)) if isinstance(item, dict) else str(k) for k, item in enumerate(home)
            ]
            if name not in labels and not (name.isdigit() and int(name) < len(home)):
                raise ScenarioError(f"{where}: no '{name}' in {'.'.join(names[:depth])}{nearest(name, labels)}; "
                                    f"allowed: {', '.join(labels)}")  # fmt: skip
            step = labels.index(name) if name in labels else int(name)
        elif not isinstance(home, dict):
            raise ScenarioError(f"{where}: '{'.'.join(names[:depth])}' is {home!r} and has no key '{name}'")
        elif name not in home and not (last and depth > 0 and depth != _depth_of_names(names)):
            optional = schema.Document.model_fields if depth == 0 else {}
            if name not in optional or (last and name not in schema.Document.model_fields):
                allowed = list(home) if depth else list(schema.Document.model_fields)
                inside = f" in {'.'.join(names[:depth])}" if depth else ""
                raise ScenarioError(
                    f"{where}: no '{name}'{inside}{nearest(name, allowed)}; allowed: {_few(allowed)}"
                )
            if not last:
                home[name] = {}
        path.append(step)
        if last:
            _put(home, step, value, tuple(path))
        else:
            home = home[step]
    raw.patches[tuple(path)] = where


def _depth_of_names(names: list[str]) -> int:
    """Depth at which keys are names given by the scenario rather than fields of the schema."""
    return 1 if names[0] in (*SECTIONS, "values", "parties", "groups") else -1


def _put(home: Any, step: str | int, value: Any, path: KeyPath) -> None:
    if path[0] == "values" and len(path) == 2 and not isinstance(value, dict):
        home[step] = {**home[step], "value": value, "pinned": True}
    else:
        home[step] = value


def _few(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 25 else f"{', '.join(names[:25])}, … ({len(names)})"


def parse(raw: Raw) -> schema.Document:
    """Check the shape of a document: known keys, right types, ranges that hold their values."""
    try:
        return schema.Document.model_validate(raw.document)
    except ValidationError as error:
        fail(raw, (_complaint(raw, e) for e in error.errors()))
        raise


_PLAIN = {
    "missing": "is missing",
    "string_type": "has to be text",
    "bool_type": "has to be true or false",
    "dict_type": "has to be a table",
    "model_type": "has to be a table",
    "list_type": "has to be a list",
    "date_type": "has to be a date such as 2025-07-09",
    "int_type": "has to be a whole number",
}


def _complaint(raw: Raw, error: Any) -> Complaint:
    path = tuple(part for part in error["loc"] if not _is_branch(part))
    kind = error["type"]
    found = "" if kind == "missing" else f", found {error['input']!r}"
    if kind == "extra_forbidden":
        allowed = sorted(_fields(path[:-1]))
        return path, f"unknown key{nearest(str(path[-1]), allowed)}; allowed: {', '.join(allowed)}"
    if kind == "value_error":
        return path, str(error["ctx"]["error"])
    if kind == "missing":
        return path, "is missing"
    text = _PLAIN.get(kind, error["msg"])
    return path, f"{text}{found if len(found) < 120 else ''}"


def _is_branch(part: str | int) -> bool:
    """Pydantic names the branches of a union in its paths; they are not keys."""
    return isinstance(part, str) and (
        part.startswith(("list[", "constrained", "function-")) or part in {"int", "date"}
    )


def _fields(path: KeyPath) -> set[str]:
    """Return the fields allowed at a path of the document."""
    model: Any = schema.Document
    for part in path:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[part].annotation if part in model.model_fields else None
        else:
            model = getattr(model, "__args__", (None,))[-1]
        inner = [
            a for a in getattr(model, "__args__", ()) if isinstance(a, type) and issubclass(a, BaseModel)
        ]
        if inner and type(None) in getattr(model, "__args__", ()):
            model = inner[0]
    if isinstance(model, type) and issubclass(model, BaseModel):
        return {f.alias or name for name, f in model.model_fields.items() if name != "pinned"}
    return set()


def _digest(raw: Raw) -> str:
    kept = {k: v for k, v in raw.document.items() if k not in ("overrides", "facts", "sources")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()


def _shown(path: Path) -> str:
    """Return a path as the user would type it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)

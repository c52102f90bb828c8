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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import negosim
from negosim.errors import nearest
from negosim.scenario import schema, shape
from negosim.scenario.fields import written
from negosim.scenario.patch import NoKeyError, override_complaints, parse_settings, patch
from negosim.scenario.read import Raw, ScenarioError, fail, read_folder, shown
from negosim.scenario.sources import number_of

if TYPE_CHECKING:
    from negosim.core.problem import Problem
    from negosim.scenario.economy import Economy
    from negosim.scenario.timetable import Timetable

__all__ = ["Scenario", "ScenarioError", "find_folder", "load_scenario", "parse_settings", "shipped"]


@dataclass(frozen=True, repr=False)
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
        return number_of(self.document, given)

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

    def __repr__(self) -> str:
        applied = f" with {', '.join(self.applied)}" if self.applied else ""
        return (
            f"<Scenario {self.name}{applied}: {len(self.document.issues)} issues, {len(self.document.parties)} parties>"
        )

    def _repr_html_(self) -> str:
        d = self.document
        rows = "".join(f"<li>{p.label} <em>({name})</em></li>" for name, p in d.parties.items())
        return f"<b>{d.title}</b><p>{d.question}</p><p>{len(d.issues)} issues; parties:</p><ul>{rows}</ul>"


def shipped() -> dict[str, Path]:
    """Return the scenarios that come with negosim, by name."""
    root = Path(negosim.__file__).parent / "configs"
    return {p.name: p for p in sorted(root.iterdir()) if (p / "scenario.toml").is_file()} if root.is_dir() else {}


def find_folder(scenario: str | Path) -> Path:
    """Return the folder of a scenario given as a path or as the name of one that ships."""
    folder, known = Path(scenario), shipped()
    if not str(scenario).strip():
        raise ScenarioError(f"an empty scenario; give a folder with a scenario.toml or one of: {', '.join(known)}")
    if (folder / "scenario.toml").is_file():
        return folder
    if str(scenario) in known:
        return known[str(scenario)]
    if folder.is_dir():
        raise ScenarioError(f"{shown(folder)}: no scenario.toml in this folder, so it is not a scenario")
    if folder.is_file():
        raise ScenarioError(f"{shown(folder)}: a scenario is a folder, this is a file; give the folder it stands in")
    raise ScenarioError(
        f"no scenario '{scenario}'{nearest(str(scenario), known)}; "
        f"give a folder with a scenario.toml or one of: {', '.join(known)}"
    )


def load_scenario(
    scenario: str | Path,
    overrides: str | Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> Scenario:
    """Load, patch and check a scenario.

    Parameters
    ----------
    scenario : str or Path
        A folder, or the name of a scenario that ships.
    overrides : str or iterable of str
        Names from its overrides.toml, applied in order; one text may list several, split by commas.
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
    raw = read_folder(find_folder(scenario))
    chosen, settings = names_of(overrides), dict(settings or {})
    misdirected = list(override_complaints(raw.document))
    refused = _patch(raw, chosen, settings)
    document, wrong = shape.parse(raw)
    found = None
    if document is not None:
        from negosim.scenario.check import complaints

        applied = (*chosen, *(f"{key}={_typed(value)}" for key, value in settings.items()))
        found = Scenario(raw.folder.resolve().name, raw.folder, document, applied, _digest(raw, document), raw)
        wrong += [*complaints(found, wrong), *misdirected]
    fail(raw, wrong, refused)
    assert found is not None
    return found


def _patch(raw: Raw, chosen: Iterable[str], settings: Mapping[str, Any]) -> list[str]:
    """Apply overrides and settings; return a line for each that cannot be applied."""
    available = raw.document.get("overrides")
    if not isinstance(available, dict):
        available = {}
    wrong: list[str] = []
    for name in chosen:
        if name not in available:
            wrong.append(
                f"{shown(raw.folder)}: no override '{name}'{nearest(name, available)}; "
                f"overrides: {', '.join(available) or 'none'}"
            )
            continue
        override = available[name]
        given = override.get("set") if isinstance(override, dict) else None
        for key, value in given.items() if isinstance(given, dict) else ():
            where = raw.place(("overrides", name, "set", key))
            try:
                patch(raw, key, value, f"{where} (override {name})")
            except NoKeyError:
                continue  # reported for every override, applied or not
            except ScenarioError as error:
                wrong.append(str(error))
    for key, value in settings.items():
        try:
            patch(raw, key, value, f"--set {key}={_typed(value)}")
        except ScenarioError as error:
            wrong.append(str(error))
    return wrong


def _typed(value: Any) -> str:
    """Return a setting as it is typed on the command line."""
    return value if isinstance(value, str) else written(value, longest=10_000)


def names_of(overrides: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names of overrides, given one by one or split by commas.

    Examples
    --------
    >>> names_of("dry, wet"), names_of(["dry"]), names_of("")
    (('dry', 'wet'), ('dry',), ())
    """
    listed = overrides.split(",") if isinstance(overrides, str) else overrides
    return tuple(name.strip() for name in listed if name.strip())


def as_scenario(
    scenario: Scenario | str | Path,
    overrides: str | Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> Scenario:
    """Return a loaded scenario as it is, and load one that is given by folder or name.

    Raises
    ------
    ScenarioError
        Overrides or settings for a loaded scenario, which has its own.
    """
    if not isinstance(scenario, Scenario):
        if not isinstance(scenario, str | Path):
            raise ScenarioError(f"found a {type(scenario).__name__}, allowed: a scenario, its folder or its name")
        return load_scenario(scenario, overrides, settings)
    if names_of(overrides) or settings:
        raise ScenarioError("overrides and settings go with a name or a folder; a loaded scenario has its own")
    return scenario


_RECENT: dict[str, Scenario] = {}
"""The scenarios last loaded by name, oldest first: the runs of a batch share the work."""
_KEPT = 8


def recent_scenario(scenario: str | Path, overrides: tuple[str, ...], settings: Mapping[str, Any]) -> Scenario:
    """Load a scenario, or return the one loaded before if its files, overrides and settings are the same."""
    folder = find_folder(scenario)
    files = sorted((str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in folder.rglob("*.toml"))
    key = repr((files, overrides, list(settings.items())))
    if key not in _RECENT:
        _RECENT[key] = load_scenario(folder, overrides, settings)
        while len(_RECENT) > _KEPT:
            del _RECENT[next(iter(_RECENT))]
    return _RECENT[key]


def _digest(raw: Raw, document: schema.Document) -> str:
    """Hash what can change a result: the document without its comments on itself, and the scripts of scripted players.

    The order of tables counts: it is the order of issues, parties and sums.
    """
    kept = {k: v for k, v in raw.document.items() if k not in ("overrides", "facts", "sources")}
    digest = hashlib.sha256(json.dumps(kept, default=str).encode())
    digest.update(json.dumps(sorted(raw.pinned)).encode())
    for behaviour in (*document.parties.values(), *(group.behaviour for group in document.groups.values())):
        for tactic in behaviour.tactics:
            file = raw.folder / str((tactic.model_extra or {}).get("script", ""))
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()

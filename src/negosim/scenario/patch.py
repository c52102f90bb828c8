"""Overrides and settings: values put at dotted keys of the raw document before it is checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from negosim.errors import nearest
from negosim.scenario import shape
from negosim.scenario.fields import written
from negosim.scenario.read import NAMED, Complaint, KeyPath, Raw, ScenarioError


class NoKeyError(ScenarioError):
    """A dotted key leads nowhere."""


def parse_settings(given: Iterable[str]) -> dict[str, Any]:
    """Read ``KEY=VALUE`` texts; a value is written as in TOML, and a bare word is text.

    Examples
    --------
    >>> parse_settings(["values.horizon=2", "protocol.kind=simple", "issues.toll.on_table=false"])
    {'values.horizon': 2, 'protocol.kind': 'simple', 'issues.toll.on_table': False}
    """
    settings: dict[str, Any] = {}
    wrong: list[str] = []
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or not value.strip():
            missing = (
                "no '='" if not equals else "no key before the '='" if not key.strip() else "no value after the '='"
            )
            wrong.append(f"--set {text or repr('')}: found {missing}, allowed: KEY=VALUE, e.g. values.horizon=2")
            continue
        try:
            table = tomllib.loads(f"value = {value}")
        except (ValueError, RecursionError):
            table = {}
        settings[key.strip()] = table["value"] if set(table) == {"value"} else value.strip()
    if wrong:
        raise ScenarioError("\n".join(wrong))
    return settings


def locate(document: dict[str, Any], key: str) -> KeyPath:
    """Return the path of a dotted key; the last step may be a key that the schema knows and the document leaves out.

    Entries of lists are found by their ``name`` or their position.

    Raises
    ------
    NoKeyError
        Naming the part that does not exist, what is allowed there, and the nearest name.
    """
    names = key.split(".")
    if names[0] == "values" and names[2:] == ["value"]:
        names.pop()
    path: KeyPath = ()
    home: Any = document
    while names:
        inside = f" in '{'.'.join(map(str, path))}'" if path else ""
        step: str | int = names[0]
        taken = 1
        if isinstance(home, list):
            step = _entry(home, names[0], inside)
        elif not isinstance(home, dict):
            raise NoKeyError(f"'{'.'.join(map(str, path))}' is {written(home)} and has no key '{names[0]}'")
        elif ".".join(names) in home:
            step, taken = ".".join(names), len(names)
        elif step not in home:
            known = shape.fields_at(path)
            named = len(path) == 1 and path[0] in NAMED
            if named or (known and step not in known and not shape.is_open(path)) or (not known and len(names) > 1):
                allowed = sorted({*map(str, home), *(() if named else known)})
                raise NoKeyError(f"no key '{step}'{inside}{nearest(str(step), allowed)}; allowed: {_few(allowed)}")
        path = (*path, step)
        names = names[taken:]
        if names:
            home = home.get(step, {}) if isinstance(home, dict) else home[step]
    return path


def _entry(home: list[Any], name: str, inside: str) -> int:
    labels = [str(item.get("name", k)) if isinstance(item, dict) else str(k) for k, item in enumerate(home)]
    if name in labels:
        return labels.index(name)
    if name.isdecimal() and int(name) < len(home):
        return int(name)
    raise NoKeyError(f"no entry '{name}'{inside}{nearest(name, labels)}; allowed: {_few(labels)}")


def patch(raw: Raw, key: str, value: Any, where: str) -> None:
    """Put a value at a dotted key of the document.

    Raises
    ------
    ScenarioError
        The key does not exist, or the value of a sourced number is set where it is used.
    """
    try:
        path = locate(raw.document, key)
    except NoKeyError as error:
        raise NoKeyError(f"{where}: {error}") from None
    home: Any = raw.document
    for step, after in pairwise(path):
        if isinstance(home, dict) and step not in home:
            home[step] = {}
        elif isinstance(home[step], dict | list):
            home[step] = home[step].copy()
        home = home[step]
        if not isinstance(home, dict | list):
            raise ScenarioError(f"{where}: '{step}' is {written(home)} and has no key '{after}'")
    step = path[-1]
    before = home.get(step) if isinstance(home, dict) else home[step]
    if path[0] == "values" and len(path) == 2:
        if isinstance(before, dict) and not isinstance(value, dict):
            value = {**before, "value": value}
            raw.pinned.add(str(step))
        else:
            raw.pinned.discard(str(step))
    elif isinstance(before, str) and before.startswith("@") and isinstance(value, int | float):
        raise ScenarioError(f"{where}: {key} is the value '{before[1:]}'; set values.{before[1:]} instead")
    home[step] = value
    raw.patches.pop(path, None)
    raw.patches[path] = where


def override_complaints(document: dict[str, Any]) -> Iterator[Complaint]:
    """Yield the keys of overrides that do not exist, applied or not."""
    overrides = document.get("overrides")
    for name, override in overrides.items() if isinstance(overrides, dict) else ():
        given = override.get("set") if isinstance(override, dict) else None
        for key in given if isinstance(given, dict) else ():
            try:
                locate(document, key)
            except NoKeyError as error:
                yield ("overrides", name, "set", key), str(error)


def _few(names: list[str]) -> str:
    if not names:
        return "none are defined"
    return ", ".join(names) if len(names) <= 25 else f"{', '.join(names[:25])}, … ({len(names)} in all)"

"""Where numbers come from: sources exist, and the facts of the sources arrive where they say.

A fact either informs keys of the document (``used_by``) or says why nothing uses it. The first key it names is recomputed:
the fact's own number, or its stated conversion, has to give the number that stands there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from negosim.errors import nearest
from negosim.scenario import schema

KeyPath = tuple[str | int, ...]
Complaint = tuple[KeyPath, str]


def source_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is wrong with sources: unknown ones, unused ones."""
    used: set[str] = set()
    for section in ("values", "facts", "issues", "events"):
        for name, entry in getattr(document, section).items():
            used.add(entry.source)
            if entry.source and entry.source not in document.sources:
                yield (
                    (section, name, "source"),
                    (
                        f"no source '{entry.source}'{nearest(entry.source, document.sources)}; "
                        f"sources.toml lists: {', '.join(sorted(document.sources)) or 'none'}"
                    ),
                )
    for name in document.sources:
        if name not in used:
            yield ("sources", name), "no value, fact, issue or event cites this source"


def fact_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is wrong with facts: numbers twice, keys that do not exist, conversions that do not come out."""
    numbers = Counter(fact.number for fact in document.facts.values())
    for name, fact in document.facts.items():
        here: KeyPath = ("facts", name)
        if numbers[fact.number] > 1:
            yield (*here, "number"), f"the number {fact.number} stands twice"
        found = None
        for k, key in enumerate(fact.used_by):
            try:
                value = look_up(document, key)
            except KeyError as error:
                yield (*here, "used_by", k), str(error.args[0])
                continue
            if k == 0:
                found = value
        if isinstance(found, float):
            yield from _recomputed(document, fact, found, here)


def look_up(document: schema.Document, key: str) -> Any:
    """Return what stands at a dotted key; a sourced value gives its number.

    Raises
    ------
    KeyError
        With a message that names the nearest key.
    """
    here: Any = document
    for depth, name in enumerate(key.split(".")):
        if isinstance(here, dict):
            known = {str(k): v for k, v in here.items()}
        elif isinstance(here, list):
            known = {str(getattr(item, "name", k)): item for k, item in enumerate(here)}
        else:
            known = {n: getattr(here, n) for n in getattr(type(here), "model_fields", {})}
            known |= getattr(here, "model_extra", None) or {}
        if name not in known:
            inside = ".".join(key.split(".")[:depth])
            raise KeyError(f"no key '{name}'{' in ' + inside if inside else ''}{nearest(name, known)}")
        here = known[name]
    if isinstance(here, str) and here.startswith("@"):
        here = document.values[here[1:]]
    return here.value if isinstance(here, schema.Value) else here


def _recomputed(
    document: schema.Document, fact: schema.Fact, target: float, here: KeyPath
) -> Iterator[Complaint]:
    tolerance = 1e-12
    if fact.conversion is not None:
        tolerance = max(tolerance, fact.conversion.tolerance)
        try:
            given = _converted(document, fact.conversion)
        except KeyError as error:
            yield (
                (*here, "conversion"),
                f"no value '{error.args[0]}'{nearest(error.args[0], document.values)}",
            )
            return
    elif isinstance(fact.value, float):
        given = fact.value
    else:
        return
    if document.values and _pinned(document, fact):
        return
    if not math.isclose(given, target, rel_tol=tolerance, abs_tol=1e-12):
        yield (
            here,
            (
                f"the fact gives {given:.6g}, but {fact.used_by[0]} is {target:.6g} "
                f"(relative tolerance {tolerance:g}); state a conversion or correct one of them"
            ),
        )


def _pinned(document: schema.Document, fact: schema.Fact) -> bool:
    """Tell whether what-if values stand in for the stated ones, so that facts need not come out."""
    return any(value.pinned for value in document.values.values()) and bool(fact.used_by)


def _converted(document: schema.Document, conversion: schema.FactConversion) -> float:
    def number(given: float | str) -> float:
        return document.values[given[1:]].value if isinstance(given, str) else given

    product = math.prod(number(t) for t in conversion.times)
    return product / math.prod(number(o) for o in conversion.over) + number(conversion.plus)


def tally(document: schema.Document) -> dict[str, int]:
    """Count the values by kind, and those marked as hindsight."""
    kinds: Counter[str] = Counter(value.kind for value in document.values.values())
    counted = {kind: kinds[kind] for kind in schema.KINDS}
    counted["hindsight"] = sum(value.hindsight for value in document.values.values())
    return counted

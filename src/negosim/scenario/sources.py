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
from negosim.scenario.read import Complaint, KeyPath


def named(document: schema.Document, given: object) -> schema.Value | None:
    """Return the value that ``"@name"`` stands for; None for anything else and for a value that does not exist."""
    return document.values.get(given[1:]) if isinstance(given, str) and given.startswith("@") else None


def number_of(document: schema.Document, given: float | str) -> float:
    """Return a number, looking ``"@name"`` up among the values."""
    return document.values[given[1:]].value if isinstance(given, str) else given


def source_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield references to sources that do not exist."""
    for section in ("values", "facts", "issues", "events"):
        for name, entry in getattr(document, section).items():
            if entry.source and entry.source not in document.sources:
                known = sorted(document.sources)
                listed = ", ".join(known[:20]) + (f", … ({len(known)} in all)" if len(known) > 20 else "")
                yield (
                    (section, name, "source"),
                    f"no source '{entry.source}'{nearest(entry.source, known)}; "
                    f"allowed: {listed or 'none, as sources.toml lists none'}",
                )


def fact_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is wrong with facts: numbers twice, keys and values that do not exist."""
    first: dict[int, str] = {}
    for name, fact in document.facts.items():
        here: KeyPath = ("facts", name)
        if first.setdefault(fact.number, name) != name:
            yield (*here, "number"), f"the number {fact.number} stands twice; first at '{first[fact.number]}'"
        for k, key in enumerate(fact.used_by):
            try:
                look_up(document, key)
            except KeyError as error:
                yield (*here, "used_by", k), str(error.args[0])
        yield from _unknown_values(document, fact, here)


def converted_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield facts whose number, or its conversion, is not what stands at the first key they inform."""
    for name, fact in document.facts.items():
        found = look_up(document, fact.used_by[0]) if fact.used_by else None
        if isinstance(found, float):
            yield from _recomputed(document, fact, found, ("facts", name))


def _unknown_values(document: schema.Document, fact: schema.Fact, here: KeyPath) -> Iterator[Complaint]:
    conversion = fact.conversion
    if conversion is None:
        return
    for key, given in (("times", conversion.times), ("over", conversion.over), ("plus", [conversion.plus])):
        for k, item in enumerate(given):
            where: KeyPath = (*here, "conversion", key, *([] if key == "plus" else [k]))
            if isinstance(item, str) and named(document, item) is None:
                yield where, f"no value '{item[1:]}'{nearest(item[1:], document.values)}"
            elif key == "over" and number_of(document, item) == 0:
                yield where, "found 0, allowed: any other number, as it divides"


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
            known = {str(k): item for k, item in enumerate(here)}
            known |= {item.name: item for item in here if hasattr(item, "name")}
        else:
            known = {n: getattr(here, n) for n in getattr(type(here), "model_fields", {})}
            known |= getattr(here, "model_extra", None) or {}
        if name not in known:
            inside = ".".join(key.split(".")[:depth])
            where = f" in '{inside}'" if inside else ""
            raise KeyError(f"no key '{name}'{where}{nearest(name, known)}")
        here = known[name]
    here = named(document, here) or here
    return here.value if isinstance(here, schema.Value) else here


def _recomputed(document: schema.Document, fact: schema.Fact, target: float, here: KeyPath) -> Iterator[Complaint]:
    tolerance = 1e-12
    if fact.conversion is not None:
        tolerance = max(tolerance, fact.conversion.tolerance)
        given = _converted(document, fact.conversion)
        which = "the conversion"
    elif isinstance(fact.value, float):
        given = fact.value
        which = "the fact"
    else:
        return
    if not math.isclose(given, target, rel_tol=tolerance, abs_tol=1e-12):
        allowed = f"within {100 * tolerance:g} percent" if tolerance > 1e-12 else "the same number"
        yield (
            here,
            f"{which} gives {given:.6g}, but {fact.used_by[0]} is {target:.6g}, allowed: {allowed}; state a conversion, or "
            "correct one of them",
        )


def _converted(document: schema.Document, conversion: schema.FactConversion) -> float:
    product = math.prod(number_of(document, t) for t in conversion.times)
    return product / math.prod(number_of(document, o) for o in conversion.over) + number_of(document, conversion.plus)


def tally(document: schema.Document) -> dict[str, int]:
    """Count the values by kind, and all values, events and moves of the deadline that are marked as hindsight."""
    kinds: Counter[str] = Counter(value.kind for value in document.values.values())
    counted: dict[str, int] = {kind: kinds[kind] for kind in schema.KINDS}
    moves = document.deadline.moves if document.deadline else []
    counted["hindsight"] = 0
    for marked in (document.values.values(), document.events.values(), moves):
        counted["hindsight"] += sum(entry.hindsight for entry in marked)
    return counted

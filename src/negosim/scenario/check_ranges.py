"""Do numbers lie within their bounds? A value has to, wherever in its range a run may draw it or a sweep may move it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from negosim.scenario import schema
from negosim.scenario.check_flows import quantity
from negosim.scenario.read import Complaint, KeyPath
from negosim.scenario.sources import named

Drawn = tuple[float, str]
"""A number that a run may use, and where it comes from, in words."""


def within(
    document: schema.Document,
    given: float | str,
    low: float,
    high: float,
    here: KeyPath,
    *,
    above: bool = False,
    whole: bool = False,
    spread: bool = True,
) -> Iterator[Complaint]:
    """Yield a complaint if a number, or anything a run may draw from the range of a value, is out of bounds.

    Parameters
    ----------
    document : Document
    given : float or str
        A number or the name of a value; of a value that does not exist nothing is said.
    low, high : float
        Both are allowed.
    here : KeyPath
    above : bool
        Only more than ``low`` is allowed.
    whole : bool
        Only whole numbers are allowed.
    spread : bool
        Whether the range of a value counts, or its central number only.
    """
    if math.isinf(high):
        allowed = f"above {low:g}" if above else f"{low:g} or more"
    else:
        allowed = f"above {low:g}, at most {high:g}" if above else f"{low:g} to {high:g}"
    for found, words in drawn(document, given) if spread else drawn(document, given)[:1]:
        if not low <= found <= high or (above and found == low):
            yield here, f"found {found:g}{words if spread else ''}, allowed: {allowed}"
            return
        if whole and found % 1:
            yield here, f"found {found:g}{words}, allowed: a whole number"
            return


def drawn(document: schema.Document, given: float | str) -> list[Drawn]:
    """Return the number given, or the central number and both ends of a value's range; nothing for an unknown value."""
    value, name = named(document, given), str(given)[1:]
    if value is None:
        plain = quantity(document, given)
        return [] if plain is None else [(plain, "")]
    centre = (value.value, f", the value '{name}'")
    if value.pinned:
        return [centre]
    ends = f" in the range of '{name}'"
    return [centre, (value.range[0], ends), (value.range[1], ends)]


def pairs(document: schema.Document, one: float | str, two: float | str) -> Iterator[tuple[Drawn, Drawn]]:
    """Yield what two numbers may be together while at most one of them leaves its centre."""
    first, second = drawn(document, one), drawn(document, two)
    if first and second:
        yield first[0], second[0]
        yield from ((moved, second[0]) for moved in first[1:])
        yield from ((first[0], moved) for moved in second[1:])


def ascending(
    document: schema.Document, lower: float | str, upper: float | str, here: KeyPath, what: str
) -> Iterator[Complaint]:
    """Yield a complaint if one number does not lie above another, or would lie below it once one of them has moved."""
    for k, ((low, low_words), (high, high_words)) in enumerate(pairs(document, lower, upper)):
        if high < low or (high == low and k == 0):
            yield here, f"found {high:g}{high_words}, allowed: above {low:g}{low_words}, {what}"
            return

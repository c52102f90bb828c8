"""What ``negosim run --flip`` prints: the values that would change the ending, and those that move the headline issue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from negosim.view.story import headline
from negosim.view.tables import table
from negosim.view.words import amount, unit_words

if TYPE_CHECKING:
    from negosim.sim.ended import Ended
    from negosim.sim.flip import Flip
    from negosim.sim.moved import Moved

SHOWN = 15
"""Rows of the table of movers; all of them are in flip.csv and in the JSON."""
NAMED = 8
ENDINGS = {"deal": "a deal", "no_deal": "no deal", "rejected": "a deal rejected at home"}


def flipped(flip: Flip) -> Iterator[Any]:
    """Yield what would flip a run, and what moves the headline issue."""
    o = flip.record.outcome
    yield f"{o['title']}{' (invented)' if o['invented'] else ''}, seed {o['seed']}"
    if o["applied"]:
        yield f"With {', '.join(o['applied'])}."
    yield headline(flip.record)
    yield ""
    yield (
        f"{counted(len(flip.moved), 'value was', 'values were')} moved to both ends of the range, each by itself, all else "
        "and all chance as in this run."
    )
    yield ""
    yield from _flips(flip)
    yield from _movers(flip)
    yield from _notes(flip)


def _flips(flip: Flip) -> Iterator[Any]:
    ending = ENDINGS.get(flip.base.ending, flip.base.ending)
    if not flip.flips:
        yield f"No single value, moved to an end of its range, turns {ending} into anything else."
        yield ""
        return
    shown = table(
        f"What would turn {ending} into something else, the nearest first",
        "value", "unit", "in this run", "range", "if it were", "there would be", "away, % of range",
        right=("in this run", "away, % of range"),
    )  # fmt: skip
    for m in flip.flips:
        width = m.range[1] - m.range[0]
        for crossing in sorted(m.crossings, key=lambda c: abs(c.threshold - m.start)):
            shown.add_row(
                m.value,
                unit_words(m.unit),
                amount(m.start),
                _range(m),
                f"{crossing.side} {amount(crossing.threshold, 4)}",
                ENDINGS.get(crossing.ending, crossing.ending),
                f"{100 * abs(crossing.threshold - m.start) / width:.1f}",
            )
    yield shown
    yield ""


def _movers(flip: Flip) -> Iterator[Any]:
    row = flip.record.issues.set_index("issue").loc[flip.issue]
    unit = unit_words(str(row["unit"]))
    what = f"{row['label']}{f', {unit}' if unit else ''}"
    movers = flip.movers
    if not movers:
        yield f"No single value changes the level of this issue in a deal: {what}."
        yield ""
        return
    numbers = ("in this run", "at lowest", "as it is", "at highest", "spread")
    shown = table(f"What moves it most: {what}", "value", "unit", "in this run", "range", *numbers[1:], right=numbers)
    for m in movers[:SHOWN]:
        ends = [_level(end) for end in (m.at_low, m.at_start, m.at_high)]
        shown.add_row(m.value, unit_words(m.unit), amount(m.start), _range(m), *ends, amount(m.spread))
    yield shown
    if len(movers) > SHOWN:
        yield f"and {len(movers) - SHOWN} more."
    yield ""


def _notes(flip: Flip) -> Iterator[str]:
    still = [m for m in flip.moved if not m.crossings and not m.spread]
    yield f"{counted(len(still), 'value changes', 'values change')} neither the ending nor this level."
    if flip.skipped:
        name, why = next(iter(flip.skipped.items()))
        many = counted(len(flip.skipped), "value", "values")
        yield f"{many} cannot be moved alone: {_listed(list(flip.skipped))}. For {name}: {why}"
    if half := [m for m in flip.moved if m.refused]:
        names = _listed([m.value for m in half])
        yield f"{counted(len(half), 'value', 'values')} could be moved to one end only: {names}. {half[0].refused}"
    if other := [m.value for m in flip.moved if not m.same_start]:
        yield (
            "Fixing these at what the run used is a change already, as it draws them more than once, or expects something "
            f"else of them than it draws; they were moved from the run with them fixed: {_listed(other)}."
        )
    for name, why in flip.broken.items():
        yield f"FAILED, {name}: {why}"
    if flip.flips:
        yield (
            "A threshold is the middle of an interval of a thousandth of the range, found by bisection between this run and "
            "an end of the range. Talks answer in steps and may change back in between; one crossing was looked for."
        )


def counted(n: int, one: str, many: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "value was", "values were"), counted(3, "value was", "values were")
    ('1 value was', '3 values were')
    """
    return f"{n} {one if n == 1 else many}"


def _range(m: Moved) -> str:
    return f"{amount(m.range[0], 4)} to {amount(m.range[1], 4)}"


def _level(end: Ended | None) -> str:
    if end is None:
        return "–"
    return amount(end.level) if end.deal else {"no_deal": "no deal"}.get(end.ending, end.ending)


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= NAMED else f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"


def flip_data(flip: Flip) -> Mapping[str, Any]:
    """Return the outcome of the run and, under ``flip``, all that was found, ready for JSON."""
    return {
        **flip.record.outcome,
        "flip": {
            "issue": flip.issue,
            "ending": flip.base.ending,
            "moved": [_moved(m) for m in flip.moved],
            "cannot_move": dict(flip.skipped),
            "failed": dict(flip.broken),
        },
    }


def _moved(m: Moved) -> dict[str, Any]:
    data = asdict(m)
    for where in ("at_start", "at_low", "at_high"):
        end = data[where]
        data[where] = None if end is None else {key: end[key] for key in ("ending", "level", "date", "round")}
    data["crossings"] = [{**asdict(c), "threshold": c.threshold} for c in m.crossings]
    return data

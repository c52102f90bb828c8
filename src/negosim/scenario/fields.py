"""What may stand in a single field: units, numbers, levels, names.

A *number* is written plainly or as ``"@name"``, the name of a sourced value; it is always finite.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from negosim.errors import nearest

UNITS = (
    "percent", "share", "index", "probability", "elasticity", "none", "factor", "exponent", "days", "years", "exchanges",
    "kg_per_kg", "kt_per_year", "mt_per_year", "kt", "mt", "tonnes", "thousand_units", "units", "million_units",
    "households", "farms", "jobs", "million_jobs",
    "bn_litres_per_year",
)  # fmt: skip
MONEY = re.compile(r"(?:bn|mn|tn)_[a-z]{3,4}(?:_per_year)?")
RATIO = re.compile(r"[a-z]{3,4}_per_(?:[a-z]{3,4}|kg|tonne)")
NAME = re.compile(r"[A-Za-z0-9_-]+")
"""What a scenario may call its issues, markets, accounts, parties, values and so on."""

MOST_LEVELS = 10_001


def written(given: Any, longest: int = 60) -> str:
    """Return a value as it would stand in a TOML file, shortened where it is long.

    Examples
    --------
    >>> written(True), written("abc"), written([1, 2.5]), written({"a": 1})
    ('true', '"abc"', '[1, 2.5]', '{a = 1}')
    """
    if isinstance(given, bool):
        text = str(given).lower()
    elif isinstance(given, str):
        text = f'"{given}"'
    elif isinstance(given, dict):
        text = f"{{{', '.join(f'{key} = {written(value, longest)}' for key, value in given.items())}}}"
    elif isinstance(given, list | tuple):
        text = f"[{', '.join(written(value, longest) for value in given)}]"
    else:
        text = str(given)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def number(given: Any) -> float | str:
    """Read a number or the name of a value."""
    if isinstance(given, str) and given.startswith("@") and len(given) > 1:
        return given
    return finite(given, 'a number, or the name of a value as "@name"')


def finite(given: Any, wanted: str = "a number") -> float:
    """Read a plain number; infinity and "not a number" are none."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        quoted = isinstance(given, str) and re.fullmatch(r"\s*[-+]?[\d.]+([eE][-+]?\d+)?\s*", given)
        raise ValueError(f"found {written(given)}, allowed: {wanted}{' (without quotes)' if quoted else ''}")
    try:
        plain = float(given)
    except OverflowError:
        plain = math.inf
    if not math.isfinite(plain):
        raise ValueError(f"found {written(given)}, allowed: a finite number")
    return plain


def level(given: Any) -> float | str:
    """Read a level: a number or a word."""
    return given if isinstance(given, str) and given else finite(given, "a number or a word")


def levels(given: Any) -> tuple[float | str, ...]:
    """Read the levels of an issue: an even grid, a list of numbers or a list of words."""
    if isinstance(given, list) and given:
        found = tuple(level(item) for item in given)
        if len({type(item) for item in found}) > 1:
            raise ValueError(f"found {written(given)}, allowed: only numbers or only words")
        for item, times in Counter(found).items():
            if times > 1:
                raise ValueError(
                    f"the level {item if isinstance(item, str) else format(item, 'g')} stands {times} times"
                )
            if isinstance(item, str) and item.startswith("@"):
                raise ValueError(f"found {written(item)}; a level is a plain number or word, not the name of a value")
        if not isinstance(found[0], str) and list(found) != sorted(found, key=float):
            raise ValueError(f"found {written(given)}; levels that are numbers have to rise")
        return found
    if not isinstance(given, dict) or set(given) != {"from", "to", "step"}:
        raise ValueError(
            f"found {written(given)}, allowed: {{from = …, to = …, step = …}}, a list of numbers, or a list of words"
        )
    start, stop, step = (finite(given[key]) for key in ("from", "to", "step"))
    if step <= 0 or stop < start:
        raise ValueError(
            f"found from {start:g} to {stop:g} in steps of {step:g}; the step has to be above 0 and 'to' not below 'from'"
        )
    if (stop - start) / step > MOST_LEVELS:
        raise ValueError(f"found {(stop - start) / step + 1:,.0f} levels, allowed: at most {MOST_LEVELS:,}")
    count = round((stop - start) / step)
    if not math.isclose(start + count * step, stop, rel_tol=1e-9, abs_tol=1e-9):
        raise ValueError(
            f"the last level is off the grid: steps of {step:g} from {start:g} reach "
            f"{start + math.floor((stop - start) / step) * step:g}, not {stop:g}"
        )
    return tuple(round(start + k * step, 10) for k in range(count + 1))


def unit(given: Any) -> str:
    """Read a unit of the list, a unit of money or a ratio."""
    if isinstance(given, str) and (given in UNITS or MONEY.fullmatch(given) or RATIO.fullmatch(given)):
        return given
    raise ValueError(
        f"unit {written(given)} is not in the list{nearest(str(given), UNITS)}; allowed: {', '.join(UNITS)}, "
        'money as "bn_usd" or "bn_usd_per_year" (any currency; mn, bn or tn), a ratio as "yen_per_usd" or "yen_per_kg"'
    )


Number = Annotated[float | str, PlainValidator(number)]
Finite = Annotated[float, PlainValidator(finite)]
Unit = Annotated[str, PlainValidator(unit)]
Level = Annotated[float | str, PlainValidator(level)]
Levels = Annotated[tuple[float | str, ...], PlainValidator(levels)]
Text = Annotated[str, Field(min_length=1)]


class Table(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

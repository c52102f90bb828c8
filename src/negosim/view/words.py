"""Numbers, units and dates in words, for stories, tables and figures."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any

MONTHS = (
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
)  # fmt: skip
"""Months are named here and not by the system, whose language may be another."""
SPELT_OUT = frozenset({"yen", "won", "rand", "peso", "lira", "euro"})
"""Money that is written as a word; every other code of three letters is written in capitals."""


def unit_words(unit: str) -> str:
    """Spell out a unit.

    Examples
    --------
    >>> unit_words("bn_usd_per_year"), unit_words("kt_per_year"), unit_words("yen_per_kg"), unit_words("none")
    ('bn USD a year', 'kt a year', 'yen per kg', '')
    """
    if unit == "none":
        return ""
    unit = unit.replace("_per_year", "_a_year")
    money = unit[:3] in ("bn_", "mn_", "tn_") or "_per_" in unit
    parts = []
    for part in unit.split("_"):
        code = money and len(part) == 3 and part not in SPELT_OUT and part != "per"
        parts.append("Mt" if part == "mt" else part.upper() if code else part)
    return " ".join(parts)


def amount(value: Any, digits: int = 3) -> str:
    """Format a level or an amount: words as they are, numbers with few digits, nothing as a dash.

    Examples
    --------
    >>> amount(27.5), amount(-1450.32), amount(None), amount("early"), amount(0.0), amount(0.0123)
    ('27.5', '−1,450', '–', 'early', '0', '0.0123')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, str):
        return value
    number = float(value)
    size = abs(number)
    if size < 1e-9:
        return "0"
    text = f"{size:,.0f}" if size >= 1000 else f"{size:.{digits}g}" if size < 100 else f"{size:.1f}".removesuffix(".0")
    if "e" in text:
        text = f"{size:.6f}".rstrip("0")
    return f"−{text}" if number < 0 else text


def signed(value: Any, decimals: int | None = None) -> str:
    """Format a gain or loss with its sign: with few digits, or with so many decimals; nothing but 0 is a plain 0.

    Examples
    --------
    >>> signed(3.05), signed(-40.0), signed(0), signed(None)
    ('+3.05', '−40', '0', '–')
    >>> signed(3.05, 1), signed(-4012.0, 0), signed(0.0, 2), signed(0.004, 2)
    ('+3.0', '−4,012', '0', '+0.00')
    """
    text = amount(value)
    if text in ("0", "–"):
        return text
    if decimals is not None:
        return f"{value:+,.{decimals}f}".replace("-", "−")
    return text if text.startswith("−") else f"+{text}"


def date_of(given: Any) -> dt.date | None:
    """Return a date, or the date of a cell of a table; None where a scenario has no dates."""
    if isinstance(given, dt.date):
        return given
    return dt.date.fromisoformat(given) if isinstance(given, str) and given else None


def long_date(given: Any) -> str:
    """Format a date, or the date of a cell of a table; nothing where there is none.

    Examples
    --------
    >>> long_date("2025-07-09"), long_date(None)
    ('9 July 2025', '')
    """
    date = date_of(given)
    return "" if date is None else f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def short_date(date: dt.date) -> str:
    """Format a date as on an axis.

    Examples
    --------
    >>> short_date(dt.date(2025, 7, 9))
    '9 Jul'
    """
    return f"{date.day} {MONTHS[date.month - 1][:3]}"


def listed(parts: Iterable[str]) -> str:
    """Join parts with commas and a last "and".

    Examples
    --------
    >>> listed(["toll"]), listed(["toll", "quota", "place"])
    ('toll', 'toll, quota and place')
    """
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last

"""Numbers, units and dates in words, for stories, tables and figures."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

_PLAIN = {
    "percent": "percent",
    "share": "share",
    "index": "index",
    "none": "",
    "households": "households",
    "farms": "farms",
}


def unit_words(unit: str) -> str:
    """Spell out a unit.

    Examples
    --------
    >>> unit_words("bn_usd_per_year"), unit_words("kt_per_year"), unit_words("yen_per_kg")
    ('bn USD a year', 'kt a year', 'yen per kg')
    """
    if unit in _PLAIN:
        return _PLAIN[unit]
    words = unit.removesuffix("_per_year").split("_")
    if words[0] in ("bn", "mn", "tn") and len(words) > 1:
        words[1] = words[1].upper() if len(words[1]) == 3 and words[1] != "yen" else words[1]
    text = " ".join(words)
    return f"{text} a year" if unit.endswith("_per_year") else text


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


def signed(value: Any) -> str:
    """Format a gain or loss with its sign.

    Examples
    --------
    >>> signed(3.05), signed(-40.0), signed(0)
    ('+3.05', '−40', '0')
    """
    text = amount(value)
    return text if text in ("0", "–") or text.startswith("−") else f"+{text}"


def long_date(iso: Any) -> str:
    """Format an ISO date.

    Examples
    --------
    >>> long_date("2025-07-09")
    '9 July 2025'
    """
    if not isinstance(iso, str):
        return ""
    date = dt.date.fromisoformat(iso)
    return f"{date.day} {date:%B} {date.year}"

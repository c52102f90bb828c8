"""Text that files and pipes carry: the same bytes for the same numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

FLOAT_FORMAT = "%.10g"
"""Digits in files: fewer than a double holds, so that the last bit of another processor does not show."""


def as_json(data: Mapping[str, Any]) -> str:
    """Return JSON with sorted keys, numbers shortened to the digits that files carry, and null for what is not a number.

    Examples
    --------
    >>> print(as_json({"b": 0.1 + 0.2, "a": float("nan")}), end="")
    {
      "a": null,
      "b": 0.3
    }
    """
    return json.dumps(_shorten(dict(data)), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _shorten(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _shorten(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_shorten(value) for value in node]
    if node is None or isinstance(node, bool | str | int):
        return node
    number = float(node)
    return float(FLOAT_FORMAT % number) if math.isfinite(number) else None

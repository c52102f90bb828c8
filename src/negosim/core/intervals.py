"""Intervals for shares of runs, and for differences of shares of the same runs.

With k of n runs the share is p = k/n, and its interval of 95 percent is Wilson's score interval

    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n),      z = 1.96

which stays inside 0 and 1 and has a width even at their ends. The interval of a difference of paired shares is Newcombe's,
made of the Wilson intervals [l, u] of both and of their correlation φ:

    d - √((p-l)² - 2φ(p-l)(u'-p') + (u'-p')²)   to   d + √((p'-l')² - 2φ(p'-l')(u-p) + (u-p)²),      d = p - p'

References
----------
Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference", J. Am. Stat. Assoc. 22(158), 209-212.
Newcombe (1998), "Improved confidence intervals for the difference between binomial proportions
based on paired data", Statistics in Medicine 17(22), 2635-2650, method 10.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

Z = 1.959963984540054
"""Half-width of the middle 95 percent of the standard normal distribution."""


@dataclass(frozen=True)
class Share:
    """A share or a difference of shares, with its interval of 95 percent."""

    share: float
    low: float
    high: float


def wilson(k: int, n: int) -> Share | None:
    """Return the share k of n with Wilson's interval; None where n is 0.

    Examples
    --------
    >>> wilson(0, 10)
    Share(share=0.0, low=0.0, high=0.2775...)
    """
    if n == 0:
        return None
    p = k / n
    centre, width = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    low, high = ((centre + sign * width) / (1 + Z * Z / n) for sign in (-1, 1))
    return Share(p, 0.0 if k == 0 else low, 1.0 if k == n else high)


def paired_difference(pairs: Mapping[tuple[bool, bool], int]) -> Share | None:
    """Return the difference of two shares of the same runs, first less second, with Newcombe's interval.

    Parameters
    ----------
    pairs : mapping of (bool, bool) to int
        How often the first and the second were so.
    """
    both, first, second, neither = (
        pairs.get(pair, 0) for pair in ((True, True), (True, False), (False, True), (False, False))
    )
    n = both + first + second + neither
    one, other = wilson(both + first, n), wilson(both + second, n)
    if one is None or other is None:
        return None
    product = (both + first) * (second + neither) * (both + second) * (first + neither)
    together = float(both * neither - first * second)
    if together > 0:
        together = max(together - n / 2, 0.0)  # correction for continuity
    phi = together / math.sqrt(product) if product else 0.0

    def reach(a: float, b: float) -> float:
        return math.sqrt(max(a * a - 2 * phi * a * b + b * b, 0.0))

    d = one.share - other.share
    low = d - reach(one.share - one.low, other.high - other.share)
    high = d + reach(other.share - other.low, one.high - one.share)
    return Share(d, low, high)

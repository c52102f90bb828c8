"""Issues, and outcomes as whole numbers.

An outcome (a *package*) fixes one level of every issue. With issue ``i`` offering ``n_i`` levels, the outcome whose
levels have the indices ``k_1 … k_m`` has the mixed-radix code

    code = Σ_i k_i · stride_i,      stride_i = n_{i+1} · … · n_m

so the last issue turns fastest. Codes add up over groups of issues, which lets the space stay unlisted: 4.5·10^10
outcomes are numbers, never rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negosim.errors import NegosimError, nearest

Level = float | str
Package = dict[str, Level]


class SpaceError(NegosimError):
    """A package names an issue or a level that the space does not have."""


@dataclass(frozen=True)
class Issue:
    """One thing that is negotiated: a name, its levels in order, and how to print them.

    Parameters
    ----------
    name : str
        Identifier, unique in its space.
    levels : tuple of float or of str
        Admissible levels, at least one, all different.
    label, unit : str
        For tables and figures.
    """

    name: str
    levels: tuple[Level, ...]
    label: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.levels:
            raise SpaceError(f"issue '{self.name}' has no level")
        if len(set(self.levels)) != len(self.levels):
            raise SpaceError(f"issue '{self.name}' repeats a level")

    def index(self, level: Level) -> int:
        """Return the position of a level; raise `SpaceError` naming the allowed ones otherwise."""
        try:
            return self.levels.index(level)
        except ValueError:
            raise SpaceError(
                f"issue '{self.name}' has no level {level!r}; allowed: {describe_levels(self.levels)}"
            ) from None


def describe_levels(levels: Sequence[Level]) -> str:
    """Spell out a list of levels, shortened where it is long.

    Examples
    --------
    >>> describe_levels((0.0, 2.5, 5.0))
    '0, 2.5, 5'
    >>> describe_levels(tuple(float(k) for k in range(30)))
    '0, 1, 2, …, 28, 29 (30 levels)'
    """
    words = [level if isinstance(level, str) else f"{level:g}" for level in levels]
    if len(words) > 12:
        return f"{', '.join(words[:3])}, …, {', '.join(words[-2:])} ({len(words)} levels)"
    return ", ".join(words)


@dataclass(frozen=True)
class Space:
    """The set of all packages over some issues.

    Examples
    --------
    >>> space = Space((Issue("tariff", (0.0, 10.0)), Issue("quota", ("small", "large", "none"))))
    >>> space.size
    6
    >>> space.package(space.code({"tariff": 10.0, "quota": "large"}))
    {'tariff': 10.0, 'quota': 'large'}
    """

    issues: tuple[Issue, ...]

    def __post_init__(self) -> None:
        if not self.issues:
            raise SpaceError("a negotiation needs at least one issue")
        names = [issue.name for issue in self.issues]
        if len(set(names)) != len(names):
            raise SpaceError("two issues carry the same name")
        if self.size >= 2**63:
            raise SpaceError(f"{self.size:.1e} outcomes do not fit a 64-bit code; use fewer or coarser issues")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the issues, in order."""
        return tuple(issue.name for issue in self.issues)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Number of levels of each issue."""
        return tuple(len(issue.levels) for issue in self.issues)

    @cached_property
    def size(self) -> int:
        """Number of outcomes."""
        size = 1
        for issue in self.issues:
            size *= len(issue.levels)
        return size

    @cached_property
    def strides(self) -> NDArray[np.int64]:
        """What one step of each issue adds to the code, shape (m,)."""
        strides = [1]
        for n in self.shape[:0:-1]:
            strides.append(strides[-1] * n)
        return np.array(strides[::-1], dtype=np.int64)

    def index(self, name: str) -> int:
        """Return the position of an issue by its name."""
        if name not in self.names:
            raise SpaceError(f"no issue '{name}'{nearest(name, self.names)}; issues: {', '.join(self.names)}")
        return self.names.index(name)

    def encode(self, indices: ArrayLike) -> NDArray[np.int64]:
        """Return the codes, shape (…), of level indices, shape (…, m)."""
        return np.asarray(indices, dtype=np.int64) @ self.strides

    def decode(self, codes: ArrayLike) -> NDArray[np.int64]:
        """Return the level indices, shape (…, m), of codes, shape (…)."""
        codes = np.asarray(codes, dtype=np.int64)
        return codes[..., None] // self.strides % np.array(self.shape, dtype=np.int64)

    def code(self, package: Mapping[str, Level]) -> int:
        """Return the code of a package given as issue → level; every issue must be there."""
        for name in package:
            self.index(name)
        missing = [name for name in self.names if name not in package]
        if missing:
            raise SpaceError(f"the package says nothing about: {', '.join(missing)}")
        indices = [issue.index(package[issue.name]) for issue in self.issues]
        return int(self.encode(indices))

    def package(self, code: int) -> Package:
        """Return issue → level of a code."""
        if not 0 <= code < self.size:
            raise SpaceError(f"code {code} lies outside 0 … {self.size - 1}")
        return {issue.name: issue.levels[k] for issue, k in zip(self.issues, self.decode(code).tolist(), strict=True)}

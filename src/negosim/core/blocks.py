"""Utilities as sums over blocks of issues.

A party's flow is ``W(x) = c_0(x) + Σ_k w_k c_k(x)``: a fixed component and one component for each weight that moves or
is private within a run. Each component is a sum of *pieces*, and a piece depends on few issues. Issues that meet in one
piece form a *block* (connected components of "meet in a piece"), so every component is a sum over blocks

    c_k(x) = Σ_b T_b[x_b, k]

and a block's table ``T_b`` is small although the space is not. Blocks are derived from the pieces, never written by hand.

Tables are rounded to a power of two that is coarse against floating-point error and fine against everything else. Sums of
table entries, and their products with weights on `weight_grid`, are then *exact* in double precision: comparisons do not
depend on the order of summation or on the processor.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negosim.core.space import Space
from negosim.errors import NegosimError

WEIGHT_BITS = 14
"""Weights are multiples of 2^-14 of the power of two next above their largest admissible size."""
TABLE_BITS = 36
"""Tables are rounded to 2^-36 of a party's largest possible flow: coarse against rounding error of the formulas."""
MAX_BLOCK = 2_000_000
"""Rows of one block's table above which the scenario is refused: the pieces tie too many issues together."""


class BlockTooLargeError(NegosimError):
    """Issues are tied together by terms that cannot be tabulated."""


@dataclass(frozen=True)
class Piece:
    """One summand of one component.

    Parameters
    ----------
    issues : tuple of int
        Positions of the issues it depends on, ascending; may be empty (a constant).
    values : ndarray
        Its value at every combination of their levels, one axis an issue.
    column : int
        The component it belongs to.
    """

    issues: tuple[int, ...]
    values: NDArray[np.float64]
    column: int


@dataclass(frozen=True)
class Block:
    """Issues that act together, with the table of every component on them.

    Attributes
    ----------
    issues : tuple of int
    codes : ndarray of int64, shape (n,)
        What each row adds to the code of the outcome, ascending.
    table : ndarray of float64, shape (n, K)
    allowed : ndarray of bool, shape (n,), or None
        Rows that no red line forbids; None if all are allowed.
    """

    issues: tuple[int, ...]
    codes: NDArray[np.int64]
    table: NDArray[np.float64]
    allowed: NDArray[np.bool_] | None = None


def partition(n_issues: int, groups: Iterable[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return the finest partition of the issues in which no group is cut.

    Examples
    --------
    >>> partition(5, [(0, 3), (3, 4), (1,)])
    ((0, 3, 4), (1,), (2,))
    """
    root = list(range(n_issues))

    def find(i: int) -> int:
        while root[i] != i:
            i = root[i]
        return i

    for group in groups:
        for i in group[1:]:
            a, b = sorted((find(group[0]), find(i)))
            root[b] = a
    blocks: dict[int, list[int]] = {}
    for i in range(n_issues):
        blocks.setdefault(find(i), []).append(i)
    return tuple(tuple(block) for block in blocks.values())


def assemble(space: Space, pieces: Sequence[Piece], n_columns: int) -> tuple[Block, ...]:
    """Add pieces up into one table a block.

    Parameters
    ----------
    space : Space
    pieces : sequence of Piece
    n_columns : int
        Number of components K.

    Returns
    -------
    tuple of Block
        In the order of their first issue. Constants stand in the first block.

    Raises
    ------
    BlockTooLargeError
        A block would have more than `MAX_BLOCK` rows.
    """
    blocks = []
    owner: dict[int, int] = {}
    parts = partition(len(space.issues), [piece.issues for piece in pieces if piece.issues])
    for b, part in enumerate(parts):
        n_rows = math.prod(space.shape[i] for i in part)
        if n_rows > MAX_BLOCK:
            names = ", ".join(space.names[i] for i in part)
            raise BlockTooLargeError(
                f"the issues {names} meet in one non-linear term or market and have {n_rows:,} combinations "
                f"(at most {MAX_BLOCK:,}); use coarser levels or split the term"
            )
        owner.update(dict.fromkeys(part, b))
        blocks.append(np.zeros((*(space.shape[i] for i in part), n_columns)))
    for piece in pieces:
        b = owner[piece.issues[0]] if piece.issues else 0
        shape = tuple(space.shape[i] if i in piece.issues else 1 for i in parts[b])
        blocks[b][..., piece.column] += np.reshape(piece.values, shape)
    return tuple(
        Block(part, _codes(space, part), table.reshape(-1, n_columns))
        for part, table in zip(parts, blocks, strict=True)
    )


def _codes(space: Space, part: tuple[int, ...]) -> NDArray[np.int64]:
    total = np.zeros((1,) * len(part), dtype=np.int64)
    for axis, i in enumerate(part):
        shape = [1] * len(part)
        shape[axis] = space.shape[i]
        total = total + (np.arange(space.shape[i], dtype=np.int64) * space.strides[i]).reshape(shape)
    return total.ravel()


def weight_grid(lower: float, upper: float) -> float:
    """Return the step of the grid on which a weight with this range lives: a power of two."""
    return 2.0 ** (_power(lower, upper) - WEIGHT_BITS)


def table_grid(bounds: NDArray[np.float64], lower: Sequence[float], upper: Sequence[float]) -> NDArray[np.float64]:
    """Return the powers of two to which one party's columns are rounded.

    Parameters
    ----------
    bounds : ndarray, shape (1 + f,)
        Largest size that each of the party's components can have, fixed component first.
    lower, upper : sequence of float, length f
        The box of its weights.

    Returns
    -------
    ndarray, shape (1 + f,)
        One step a column. A free component is rounded the finer the larger its weight may be, so that every flow is a
        multiple of the fixed component's step times 2^-14, and no flow has more than 2^51 of those.
    """
    powers = [0, *(_power(lo, hi) for lo, hi in zip(lower, upper, strict=True))]
    size = np.array([1.0, *(max(abs(lo), abs(hi)) for lo, hi in zip(lower, upper, strict=True))])
    bound = float(bounds @ size)
    step = math.ceil(math.log2(bound)) - TABLE_BITS if bound > 0.0 else 0
    return np.array([2.0 ** max(step - power, -1000) for power in powers])


def _power(lower: float, upper: float) -> int:
    """Return the exponent of the power of two next above a weight's largest size."""
    size = max(abs(lower), abs(upper))
    return math.ceil(math.log2(size)) if size > 0.0 else 0


def round_to(values: NDArray[np.float64], step: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to multiples of a power of two (ties to even).

    Examples
    --------
    >>> round_to(np.array([0.3, 1.0]), 0.25)
    array([0.25, 1.  ])
    """
    return np.asarray(np.round(values / step) * step)

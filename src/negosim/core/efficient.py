"""The outcomes that no other outcome beats, found without listing the space.

Symbols. An outcome picks one sub-outcome from every block of issues, and each of its ``D`` objectives is the
sum of what the chosen sub-outcomes add to it. ``x`` beats ``y`` when ``x >= y`` in all objectives and ``x >
y`` in one. The efficient set holds every outcome that nothing beats; of outcomes with the same ``D`` values
it keeps the one with the lowest code.

Sums are what makes it quick: if ``a'`` beats ``a`` inside a block, then ``a' + r`` beats ``a + r`` for
whatever the other blocks contribute. So the blocks can be filtered, and filtered again after each merge of
two of them, and the result is still exact (the principle of optimality of multi-objective dynamic
programming).

A party whose utility is ``c_0 + sum_k w_k c_k`` with weights known only to lie in a box puts one objective
for each corner of the box in the list. A utility that is linear in the weights is at least as large at every
point of the box exactly when it is so at every corner, so "beats" then means "for every admissible weight of
every party".
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negosim.errors import NegosimError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Part = tuple[Floats, Ints]  # objectives as rows (D, N), codes (N,)

LEAF = 96  # points compared with each other in one go: small enough to prune well, large enough for numpy
CHUNK = 1 << 18  # candidates made at a time, which bounds memory


class TooManyPoints(NegosimError):  # noqa: N818
    """The efficient set outgrew its limit.

    Parameters
    ----------
    limit : int
        Most points allowed.
    reached : int
        Points not known to be beaten when the search stopped.
    """

    def __init__(self, limit: int, reached: int) -> None:
        super().__init__(
            f"the efficient set outgrew its limit of {limit:,} points ({reached:,} stood when the search "
            "stopped): fix a weight that is free within a run, or narrow its range"
        )
        self.limit = limit
        self.reached = reached


def box_corners(lower: Floats, upper: Floats) -> Floats:
    """Return the corners of a box of weights.

    Parameters
    ----------
    lower, upper : (f,) array
        Ends of the range of each free weight.

    Returns
    -------
    (2**f, f) array
        One corner a row; a single empty row when no weight is free.

    Examples
    --------
    >>> box_corners(np.array([0.0, 1.0]), np.array([0.5, 3.0]))
    array([[0. , 1. ],
           [0. , 3. ],
           [0.5, 1. ],
           [0.5, 3. ]])
    """
    ends = list(zip(lower, upper, strict=True))
    return np.array(list(itertools.product(*ends)), dtype=np.float64).reshape(2 ** len(ends), len(ends))


def efficient_set(
    tables: Sequence[Floats], codes: Sequence[Ints], *, limit: int = 50_000, cap: float = np.inf
) -> tuple[Ints, Floats]:
    """Find every outcome that no other outcome beats.

    Parameters
    ----------
    tables : sequence of (n_b, D) array
        For each block, the objectives of its sub-outcomes.
    codes : sequence of (n_b,) array
        For each block, what its sub-outcomes add to the code of an outcome.
    limit : int
        Most points the set may have after any merge. A merge is also given up when, part of the way, more
        than half a million points and more than ten times `limit` are left after quick thinning.
    cap : float
        The last objective counts up to here only; its entries must then not be negative.

    Returns
    -------
    codes : (N,) array
        Codes of the efficient outcomes, ascending.
    values : (N, D) array
        Their objectives.

    Raises
    ------
    TooManyPoints
        If the set grows beyond `limit`.

    Notes
    -----
    Exact when sums of table entries are, which tables rounded to a common power of two give. Blocks are
    merged in order of size, so that the large ones meet a set that is already thin; one that reaches the cap
    comes first, because what has reached it is compared by the other objectives alone. Adding nothing
    negative, what beats another up to the cap goes on to do so.

    Examples
    --------
    >>> pie = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    >>> bonus = np.array([[0.0, 0.0], [3.0, -1.0], [-1.0, -1.0]])
    >>> found, values = efficient_set([pie, bonus], [np.array([0, 1, 2]), np.array([0, 3, 6])])
    >>> found
    array([2, 3, 4, 5])
    """
    parts = []
    for table, code in zip(tables, codes, strict=True):
        columns = np.ascontiguousarray(table.T)
        kept = _filtered(columns, code, limit)
        parts.append((columns[:, kept], code[kept]))
    parts.sort(key=lambda part: (float(np.max(part[0][-1], initial=-np.inf)) < cap, len(part[1])))
    columns, total = functools.reduce(functools.partial(_merge, limit=limit, cap=cap), parts)
    order = np.argsort(total)
    return total[order], np.ascontiguousarray(columns[:, order].T)


def undominated(values: Floats, codes: Ints, *, limit: int | None = None) -> Ints:
    """Return the rows that no other row beats.

    Parameters
    ----------
    values : (N, D) array
        Objectives, the larger the better.
    codes : (N,) array
        Distinct codes; of equal rows the one with the lowest code is kept.
    limit : int, optional
        Most rows that may be kept.

    Returns
    -------
    (n,) array
        Indices of the rows kept, ascending.

    Raises
    ------
    TooManyPoints
        If more than `limit` rows are kept.

    Examples
    --------
    >>> undominated(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0], [2.0, 1.0]]), np.array([3, 2, 1, 0]))
    array([0, 3])
    """
    return np.sort(_filtered(np.ascontiguousarray(values.T), codes, limit))


def _filtered(columns: Floats, codes: Ints, limit: int | None) -> Ints:
    """`undominated` for objectives as rows (D, N), in any order."""
    columns = _telling(columns)
    if len(codes) <= 1:
        kept = np.arange(len(codes))
    elif len(columns) <= 2:
        kept = _staircase(columns[0], columns[-1], codes)
    else:
        order = _lexicographic(columns, codes)
        columns = columns[:, order]
        kept = order[_unbeaten(columns, _thinned(columns), limit)]
    if limit is not None and len(kept) > limit:
        raise TooManyPoints(limit, len(kept))
    return kept


def _merge(one: Part, other: Part, limit: int, cap: float) -> Part:
    """Filter all sums of a point of one set and a point of the other, some CHUNK of them at a time."""
    (columns, codes), (added, added_codes) = one, other
    step = max(1, CHUNK // max(1, len(codes)))
    crowd = max(4 * CHUNK, 20 * limit)
    pool: list[Part] = []
    for start in range(0, len(added_codes), step):
        some = slice(start, start + step)
        sums = (added[:, some, None] + columns[:, None, :]).reshape(len(columns), -1)
        if cap < np.inf:
            np.minimum(sums[-1], cap, out=sums[-1])
        sum_codes = (added_codes[some, None] + codes).ravel()
        pool.append((sums, sum_codes) if len(added_codes) <= step else _thin(sums, sum_codes))
        if sum(len(part[1]) for part in pool) > crowd:
            pool = [_thin(*_joined(pool))]
            standing = len(pool[0][1])
            if 2 * standing > crowd:
                raise TooManyPoints(limit, standing)
    columns, codes = _joined(pool)
    kept = _filtered(columns, codes, limit)
    return columns[:, kept], codes[kept]


def _joined(pool: list[Part]) -> Part:
    if len(pool) == 1:
        return pool[0]
    return np.concatenate([part[0] for part in pool], axis=1), np.concatenate([part[1] for part in pool])


def _thin(columns: Floats, codes: Ints) -> Part:
    """Leave out points that are quickly seen to be beaten."""
    telling = _telling(columns)
    if len(telling) <= 2:  # the staircase is as quick, and leaves nothing
        kept = _staircase(telling[0], telling[-1], codes)
    else:
        order = _lexicographic(telling, codes)
        kept = order[_thinned(telling[:, order])]
    return columns[:, kept], codes[kept]


def _telling(columns: Floats) -> Floats:
    """Leave out objectives that repeat another: corners coincide where a weight does not matter."""
    telling: list[int] = []
    for d in range(len(columns)):
        if not any(np.array_equal(columns[d], columns[k]) for k in telling):
            telling.append(d)
    return columns if len(telling) == len(columns) else columns[telling]


def _staircase(first: Floats, second: Floats, codes: Ints) -> Ints:
    """Two objectives: sort by the first, keep what exceeds the running maximum of the second."""
    order = np.argsort(-first)
    order = order[second[order] >= np.maximum.accumulate(second[order])]  # ties are settled on these few
    order = order[np.lexsort((codes[order], -second[order], -first[order]))]
    best_before = np.concatenate(([-np.inf], np.maximum.accumulate(second[order])[:-1]))
    return order[second[order] > best_before]


def _lexicographic(columns: Floats, codes: Ints) -> Ints:
    """Order by the first objective, largest first, then the second ..., then by code, smallest first.

    A row can only be beaten by one that comes earlier, and of equal rows the first is the one to keep: from
    here on "x beats y" is "x is as large everywhere and comes earlier".
    """
    order = np.argsort(-columns[0])
    equal = np.diff(columns[0, order]) == 0
    tied = np.flatnonzero(np.concatenate((equal, [False])) | np.concatenate(([False], equal)))
    among = order[tied]
    order[tied] = among[np.lexsort((codes[among], *(-columns[::-1, among])))]
    return order


def _leaves(columns: Floats, rows: Ints) -> Ints:
    """Cut rows into leaves of about LEAF neighbours: strips along the first objective, cut along its rival.

    Rows are in lexicographic order, so strips are runs. The rival is the objective that moves most against
    the first; objectives of one party move together, so two of them describe a point well. The last row of a
    strip is repeated to fill it, which is harmless as no row comes before itself.
    """
    n_cuts = max(1, round((len(rows) / LEAF) ** 0.5))
    sample = columns[:, rows[:: len(rows) // 2048 + 1]]
    spread = sample - sample.mean(axis=1, keepdims=True)
    scale = np.sqrt((spread**2).sum(axis=1))
    scale[scale == 0] = np.inf
    rival = int(np.argmin(spread @ spread[0] / scale))
    size = -(-len(rows) // n_cuts**2)
    filled = np.concatenate((rows, np.repeat(rows[-1:], size * n_cuts**2 - len(rows))))
    strips = filled.reshape(n_cuts, -1)
    by_rival = np.argsort(columns[rival, strips], axis=1)
    return np.take_along_axis(strips, by_rival, axis=1).reshape(-1, size)


def _thinned(columns: Floats) -> Ints:
    """Drop most of the beaten rows by looking only at neighbours and at the champion of each leaf."""
    rows = np.arange(columns.shape[1])
    scale = np.ptp(columns, axis=1)
    scale[scale == 0] = 1
    height = (columns / scale[:, None]).sum(axis=0)
    while len(rows) > 4 * LEAF:
        leaves = _leaves(columns, rows)
        tallest = height[leaves].argmax(axis=1)
        champions = columns[:, leaves[np.arange(len(leaves)), tallest]]
        best = columns[:, leaves].max(axis=2)
        beaten = champions[0] > best[0][:, None]  # strictly, hence earlier in the order
        for champion, most in zip(champions[1:], best[1:], strict=True):
            beaten &= champion >= most[:, None]
        leaves = leaves[~beaten.any(axis=1)]
        alive = np.ones(leaves.shape, dtype=bool)
        for start in range(0, len(leaves), 64):
            part = slice(start, start + 64)
            alive[part] = ~_beats(columns, leaves[part, None, :], leaves[part, :, None]).any(axis=2)
        left = np.unique(leaves[alive])
        done = len(left) > 0.8 * len(rows)
        rows = left
        if done:
            break
    return rows


def _beats(columns: Floats, x: Ints, y: Ints) -> NDArray[np.bool_]:
    """Whether row x beats row y, elementwise over shapes that broadcast."""
    beats = x < y
    for column in columns[1:]:
        beats &= column[x] >= column[y]
    return beats


def _unbeaten(columns: Floats, rows: Ints, limit: int | None) -> Ints:
    """Compare every row with all rows that could beat it, as the boxes around the leaves tell."""
    leaves = _leaves(columns, rows)
    values = columns[:, leaves]
    least, most = values.min(axis=2), values.max(axis=2)
    alive = np.zeros(columns.shape[1], dtype=bool)
    alive[rows] = True
    n_confirmed = 0
    for leaf, low in zip(leaves, least.T, strict=True):
        rivals = leaves[(most >= low[:, None]).all(axis=0)].ravel()
        rivals = rivals[alive[rivals]]
        for column, floor in zip(columns, low, strict=True):
            rivals = rivals[column[rivals] >= floor]
        leaf = leaf[alive[leaf]]
        beaten = _beats(columns, rivals[None, :], leaf[:, None]).any(axis=1)
        alive[leaf[beaten]] = False
        n_confirmed += len(np.unique(leaf[~beaten]))
        if limit is not None and n_confirmed > limit:
            raise TooManyPoints(limit, n_confirmed)
    return np.flatnonzero(alive)

"""The merged efficient set is the set that a listing of the whole space gives."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from negosim.core import efficient
from negosim.core.efficient import TooManyPoints, box_corners, efficient_set, undominated

Space = tuple[list[NDArray[np.float64]], list[NDArray[np.int64]]]


def with_codes(tables: Sequence[NDArray[np.float64]]) -> Space:
    """Give every sub-outcome its mixed-radix contribution, the first block counting fastest."""
    strides = np.cumprod([1, *(len(table) for table in tables[:-1])])
    codes = [np.arange(len(table), dtype=np.int64) * stride for table, stride in zip(tables, strides, strict=True)]
    return list(tables), codes


@st.composite
def spaces(draw: st.DrawFn, most_blocks: int = 4, most_rows: int = 6) -> Space:
    """Draw blocks of small integers, so that ties and repeated points are frequent."""
    n_objectives = draw(st.integers(1, 6))
    spread = draw(st.sampled_from([1, 2, 5, 40]))
    tables = []
    for _ in range(draw(st.integers(1, most_blocks))):
        n_rows = draw(st.integers(1, most_rows))
        cells = st.lists(st.integers(-spread, spread), min_size=n_rows * n_objectives, max_size=n_rows * n_objectives)
        tables.append(np.array(draw(cells), dtype=float).reshape(n_rows, n_objectives))
    return with_codes(tables)


def listed(tables: Sequence[NDArray[np.float64]], codes: Sequence[NDArray[np.int64]]) -> dict[int, tuple[float, ...]]:
    """List every outcome and drop, one by one, those that another beats."""
    outcomes: dict[int, tuple[float, ...]] = {}
    for picks in itertools.product(*(range(len(table)) for table in tables)):
        code = sum(int(c[i]) for c, i in zip(codes, picks, strict=True))
        outcomes[code] = tuple(sum(t[i] for t, i in zip(tables, picks, strict=True)).tolist())
    lowest: dict[tuple[float, ...], int] = {}
    for code in sorted(outcomes, reverse=True):
        lowest[outcomes[code]] = code
    distinct = np.array(list(lowest))
    best = [point for point in lowest if not ((distinct >= point).all(axis=1) & (distinct > point).any(axis=1)).any()]
    return {lowest[point]: point for point in sorted(best, key=lambda p: lowest[p])}


def as_dict(found: tuple[NDArray[np.int64], NDArray[np.float64]]) -> dict[int, tuple[float, ...]]:
    codes, values = found
    return {code: tuple(row) for code, row in zip(codes.tolist(), values.tolist(), strict=True)}


@given(spaces())
@settings(max_examples=150, deadline=None)
def test_merging_finds_what_listing_finds(space: Space) -> None:
    found = efficient_set(*space)
    assert (np.diff(found[0]) > 0).all()
    assert as_dict(found) == listed(*space)


@given(spaces(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_order_of_blocks_does_not_matter(space: Space, random: object) -> None:
    order = list(range(len(space[0])))
    random.shuffle(order)  # type: ignore[attr-defined]
    turned = [space[0][b] for b in order], [space[1][b] for b in order]
    assert as_dict(efficient_set(*turned)) == as_dict(efficient_set(*space))


@given(
    seed=st.integers(0, 2**32 - 1),
    n_rows=st.integers(1, 900),
    n_objectives=st.integers(1, 8),
    spread=st.sampled_from([2, 6, 50, 10_000]),
    opposed=st.booleans(),
)
@settings(max_examples=60, deadline=None)
@example(seed=1, n_rows=900, n_objectives=8, spread=10_000, opposed=True)
@example(seed=2, n_rows=900, n_objectives=3, spread=2, opposed=False)
def test_filter_of_many_points_is_exact(seed: int, n_rows: int, n_objectives: int, spread: int, opposed: bool) -> None:
    # rows for several leaves and rounds of thinning; where opposed, the later objectives are a rival party's
    rng = np.random.default_rng(seed)
    values = rng.integers(0, spread, (n_rows, n_objectives)).astype(float)
    if opposed:
        values[:, n_objectives // 2 :] -= 3 * values[:, :1]
    codes = rng.permutation(n_rows)
    beaten = np.zeros(n_rows, dtype=bool)
    for i in range(n_rows):
        as_good = (values >= values[i]).all(axis=1)
        better = as_good & (values > values[i]).any(axis=1)
        twin = (values == values[i]).all(axis=1) & (codes < codes[i])
        beaten[i] = (better | twin).any()
    assert undominated(values, codes).tolist() == np.flatnonzero(~beaten).tolist()


@pytest.mark.parametrize("n_objectives", [2, 3, 5])
def test_merging_in_chunks_changes_nothing(n_objectives: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(n_objectives)
    tables, codes = with_codes([rng.integers(0, 9, (12, n_objectives)).astype(float) for _ in range(4)])
    whole = as_dict(efficient_set(tables, codes))
    monkeypatch.setattr(efficient, "CHUNK", 50)
    monkeypatch.setattr(efficient, "LEAF", 4)
    assert as_dict(efficient_set(tables, codes)) == whole


@given(spaces(most_blocks=1, most_rows=20))
@settings(max_examples=50, deadline=None)
def test_limit_may_be_reached_and_not_passed(space: Space) -> None:
    size = len(efficient_set(*space)[0])
    assert len(efficient_set(*space, limit=size)[0]) == size
    with pytest.raises(TooManyPoints) as caught:
        efficient_set(*space, limit=size - 1)
    assert caught.value.limit == size - 1
    assert caught.value.reached >= size


@st.composite
def capped_spaces(draw: st.DrawFn) -> tuple[Space, float]:
    """Draw blocks whose last objective is nowhere negative nor above the cap, which sums of it reach."""
    tables, codes = draw(spaces(most_blocks=4, most_rows=5))
    cap = draw(st.integers(1, 12))
    for table in tables:
        cells = st.lists(st.integers(0, cap), min_size=len(table), max_size=len(table))
        table[:, -1] = draw(st.just([0] * len(table)) | cells)
    return (tables, codes), float(cap)


@given(capped_spaces())
@settings(max_examples=200, deadline=None)
def test_what_reaches_the_cap_counts_alike(given_space: tuple[Space, float]) -> None:
    (tables, codes), cap = given_space
    outcomes: dict[int, tuple[float, ...]] = {}
    for picks in itertools.product(*(range(len(table)) for table in tables)):
        *others, last = sum(t[i] for t, i in zip(tables, picks, strict=True)).tolist()
        outcomes[sum(int(c[i]) for c, i in zip(codes, picks, strict=True))] = (*others, min(last, cap))
    distinct = np.array(list(set(outcomes.values())))
    best = {
        tuple(point)
        for point in distinct.tolist()
        if not ((distinct >= point).all(axis=1) & (distinct > point).any(axis=1)).any()
    }
    found = as_dict(efficient_set(tables, codes, cap=cap))
    assert set(found.values()) == best
    assert len(found) == len(best)
    assert all(outcomes[code] == point for code, point in found.items())


@pytest.mark.parametrize("n_objectives", [2, 3, 4])
def test_a_cap_holds_across_chunks(n_objectives: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(n_objectives)
    tables, codes = with_codes([rng.integers(0, 9, (12, n_objectives)).astype(float) for _ in range(4)])
    whole = as_dict(efficient_set(tables, codes, cap=14.0))
    assert max(point[-1] for point in whole.values()) == 14.0
    assert whole != as_dict(efficient_set(tables, codes))
    monkeypatch.setattr(efficient, "CHUNK", 50)
    monkeypatch.setattr(efficient, "LEAF", 4)
    assert as_dict(efficient_set(tables, codes, cap=14.0)) == whole


def test_a_cap_that_nothing_reaches_changes_nothing() -> None:
    tables, codes = frontiers(3)
    tables = [table - table.min(axis=0) for table in tables]
    assert as_dict(efficient_set(tables, codes, cap=1e9)) == as_dict(efficient_set(tables, codes))


def frontiers(n_objectives: int) -> Space:
    """Two blocks of 30 of which no sum beats another: all lie on the line u1 + u2 = 0."""
    line = np.arange(30.0)
    first, second = line, 30 * line
    rest = [line % 7] * (n_objectives - 2)
    return with_codes([np.stack([first, -first, *rest], axis=1), np.stack([second, -second, *rest], axis=1)])


@pytest.mark.parametrize("n_objectives", [2, 3])
def test_limit_is_guarded_in_a_merge(n_objectives: int) -> None:
    tables, codes = frontiers(n_objectives)
    assert len(efficient_set(tables, codes, limit=900)[0]) == 900
    with pytest.raises(TooManyPoints, match="limit of 899"):
        efficient_set(tables, codes, limit=899)


def test_counting_stops_soon_after_the_limit() -> None:
    tables, codes = frontiers(3)
    with pytest.raises(TooManyPoints) as caught:
        efficient_set(tables, codes, limit=100)
    assert 100 < caught.value.reached <= 100 + 2 * efficient.LEAF


def test_a_crowd_is_refused_before_the_merge_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficient, "CHUNK", 60)
    tables, codes = frontiers(3)
    with pytest.raises(TooManyPoints) as caught:
        efficient_set(tables, codes, limit=31)
    # 20 times the limit is more than 4 chunks: stopped after 11 chunks of 60, the first to exceed 620
    assert caught.value.reached == 660


boxes = st.lists(st.tuples(st.integers(-4, 4), st.integers(0, 3)), max_size=3)


@given(st.lists(boxes, min_size=1, max_size=3), st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_corners_mean_every_admissible_weight(parties: list[list[tuple[int, int]]], seed: int) -> None:
    # x is as good as y for all weights of a party when d_0 + sum_k min(lo_k d_k, hi_k d_k) >= 0, d = x - y
    rng = np.random.default_rng(seed)
    objectives = []
    as_good_by_definition = np.ones((8, 8), dtype=bool)
    for box in parties:
        lower = np.array([lo for lo, _ in box], dtype=float)
        upper = np.array([lo + width for lo, width in box], dtype=float)
        components = rng.integers(-5, 6, (8, 1 + len(box))).astype(float)
        corners = box_corners(lower, upper)
        assert corners.shape == (2 ** len(box), len(box))
        objectives.append(components[:, :1] + components[:, 1:] @ corners.T)
        d = components[:, None, :] - components[None, :, :]
        worst = d[..., 0] + np.minimum(d[..., 1:] * lower, d[..., 1:] * upper).sum(axis=-1)
        as_good_by_definition &= worst >= 0
    values = np.hstack(objectives)
    as_good_by_corners = (values[:, None, :] >= values[None, :, :]).all(axis=-1)
    assert (as_good_by_corners == as_good_by_definition).all()
    alike = as_good_by_definition & as_good_by_definition.T
    earlier = np.arange(8)[:, None] < np.arange(8)[None, :]
    beats = as_good_by_definition & (~alike | earlier)
    assert undominated(values, np.arange(8)).tolist() == np.flatnonzero(~beats.any(axis=0)).tolist()


def test_of_equal_outcomes_the_lowest_code_stays() -> None:
    # outcomes 1 and 2 both give (1, 1)
    tables = [np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])]
    codes, values = efficient_set(tables, [np.array([0, 1]), np.array([0, 2])])
    assert codes.tolist() == [0, 1, 3]
    assert values.tolist() == [[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]]


@pytest.mark.parametrize("n_objectives", [1, 2, 4])
def test_a_block_without_rows_leaves_nothing(n_objectives: int) -> None:
    empty, full = np.zeros((0, n_objectives)), np.zeros((3, n_objectives))
    codes, values = efficient_set([full, empty], [np.arange(3), np.arange(0)])
    assert codes.shape == (0,)
    assert values.shape == (0, n_objectives)

"""Bisection on the staircase against looking at every package."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from negosim.core.menu import Menu

LEVEL = st.integers(-6, 6)
PACKAGES = st.lists(st.tuples(LEVEL, LEVEL, st.integers(1, 4)), min_size=1, max_size=200)


def arrays(packages):
    own, score, gaps = (np.array(column) for column in zip(*packages, strict=True))
    return own / 2.0, score / 4.0, np.cumsum(gaps)


def looked_up(own, score, codes, aspiration):
    allowed = [i for i in range(len(own)) if own[i] >= aspiration]
    return max(allowed, key=lambda i: (score[i], own[i], -codes[i]), default=None)


@settings(max_examples=120, deadline=None)
@given(packages=PACKAGES)
def test_bid_and_best_are_what_a_full_search_finds(packages):
    own, score, codes = arrays(packages)
    menu = Menu(own, score, codes)
    assert menu.ceiling == max(own)
    for aspiration in np.arange(-4.0, 4.1, 0.25):
        assert menu.bid(aspiration) == looked_up(own, score, codes, aspiration)
    for floor in np.arange(-2.0, 2.1, 0.125):
        assert menu.best(floor) == max((o for o, s in zip(own, score, strict=True) if s >= floor), default=None)


@settings(max_examples=60, deadline=None)
@given(packages=PACKAGES, seed=st.integers(0, 99))
def test_a_rescored_menu_is_a_new_menu(packages, seed):
    own, score, codes = arrays(packages)
    later = np.random.default_rng(seed).integers(-5, 5, len(own)) / 2.0
    menu = Menu(own, score, codes)
    rescored = menu.rescored(later)
    fresh = Menu(own, later, codes)
    for aspiration in np.arange(-4.0, 4.1, 0.5):
        assert rescored.bid(aspiration) == fresh.bid(aspiration)
        assert rescored.best(aspiration) == fresh.best(aspiration)
        assert menu.bid(aspiration) == looked_up(own, score, codes, aspiration)


@settings(max_examples=60, deadline=None)
@given(packages=PACKAGES)
def test_lower_aspirations_never_give_the_other_less(packages):
    own, score, codes = arrays(packages)
    menu = Menu(own, score, codes)
    bids = [menu.bid(a) for a in np.sort(own)[::-1]]
    assert all(own[a] >= own[b] and score[a] <= score[b] for a, b in pairwise(bids))


@settings(max_examples=60, deadline=None)
@given(packages=PACKAGES, power=st.integers(-6, 12), scale=st.integers(-6, 12))
def test_units_do_not_matter(packages, power, scale):
    own, score, codes = arrays(packages)
    menu, scaled = Menu(own, score, codes), Menu(own * 2.0**power, score * 2.0**scale, codes)
    for aspiration in np.arange(-4.0, 4.1, 0.5):
        assert menu.bid(aspiration) == scaled.bid(aspiration * 2.0**power)


CLOSE = st.sampled_from([0.0, 1e-9, 2e-9, 0.25, 0.25 + 1e-9, 1.0, 4095.0, 4096.0, 1e6, 1e6 + 0.5])
ANY_SCORE = st.sampled_from([-np.inf, -1e300, -1.0, 0.0, 5e-324, 1.0, 1.0 + 2.0**-52, 1e300, np.inf])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CLOSE, ANY_SCORE), min_size=1, max_size=80), st.booleans())
def test_thin_slices_and_infinite_scores_change_no_answer(packages, rescored):
    """Own flows far closer than a slice is thick, or alike, and scores without bounds."""
    own, score = (np.array(column) for column in zip(*packages, strict=True))
    codes = np.arange(len(own)) * 3
    menu = Menu(own, -score if rescored else score, codes)
    menu = menu.rescored(score) if rescored else menu
    for aspiration in (-np.inf, *np.unique(own), *(np.unique(own) + 1e-10), np.inf):
        assert menu.bid(aspiration) == looked_up(own, score, codes, aspiration)
    for floor in (-np.inf, *np.unique(score), 0.5, np.inf):
        assert menu.best(floor) == max((o for o, s in zip(own, score, strict=True) if s >= floor), default=None)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 1000]), st.sampled_from([1, 5, 10**6]))
def test_many_packages_to_a_slice(seed, levels, scores):
    rng = np.random.default_rng(seed)
    own = np.concatenate(([0.0, 8192.0], rng.integers(0, levels, 3000) / levels + rng.integers(0, 3, 3000) * 4000.0))
    score = rng.integers(0, scores, len(own)) - own / 1024.0
    menu = Menu(own, score, np.arange(len(own)))
    # The staircase read from the highest own flow down, one package at a time.
    best, steps = -np.inf, []
    for k in sorted(range(len(own)), key=lambda k: (-own[k], -score[k], k)):
        if score[k] > best:
            best = score[k]
            steps.append(k)
    assert [menu.bid(own[k]) for k in steps] == steps
    assert [menu.best(score[k]) for k in steps] == own[steps].tolist()
    for above, below in pairwise(steps):
        assert menu.bid(np.nextafter(own[below], np.inf)) == above
        assert menu.best(np.nextafter(score[above], np.inf)) == own[below]


def test_a_large_menu_of_opposed_interests():
    rng = np.random.default_rng(3)
    own = np.round(rng.random(3_001) * 4096) / 8
    score = np.round(rng.random(3_001) * 64) / 8 - own
    codes = np.sort(rng.choice(10**6, 3_001, replace=False))
    menu = Menu(own, score, codes)
    for aspiration in rng.uniform(-1, 520, 60):
        assert menu.bid(aspiration) == looked_up(own, score, codes, aspiration)

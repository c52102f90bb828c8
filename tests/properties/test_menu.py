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


def test_a_large_menu_of_opposed_interests():
    rng = np.random.default_rng(3)
    own = np.round(rng.random(3_001) * 4096) / 8
    score = np.round(rng.random(3_001) * 64) / 8 - own
    codes = np.sort(rng.choice(10**6, 3_001, replace=False))
    menu = Menu(own, score, codes)
    for aspiration in rng.uniform(-1, 520, 60):
        assert menu.bid(aspiration) == looked_up(own, score, codes, aspiration)

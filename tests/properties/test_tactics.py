"""What holds for every tactic in every situation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negosim.core.acceptance import ACCEPTANCE
from negosim.core.parameters import parameters
from negosim.core.tactics import BIDDING, Turn, View

TIME = ["time_dependent", "boulware", "linear", "conceder"]
SHARE = st.floats(0, 1)
FLOW = st.floats(-1000, 1000)
BETA = st.floats(0.01, 20)


@st.composite
def turns(draw, flow=FLOW):
    code = draw(st.none() | st.integers(0, 9))
    return Turn(draw(st.booleans()), code, None if code is None else draw(flow))


@st.composite
def views(draw):
    reserve = draw(FLOW)
    best = reserve + draw(st.floats(0, 1000))
    floor = min(reserve + draw(SHARE) * (best - reserve), best)
    return View(
        tau=draw(SHARE),
        reserve=reserve,
        floor=floor,
        best=best,
        ceiling=best + draw(st.floats(0, 500)),
        history=tuple(draw(st.lists(turns(), max_size=12))),
        n_turns=draw(st.integers(1, 12)),
        turns_left=draw(st.integers(1, 12)),
        last_aspiration=draw(st.none() | FLOW),
    )


def opened(view):
    return replace(view, history=(Turn(True, 10, view.ceiling), *view.history))


@settings(max_examples=40, deadline=None)
@given(view=views())
@pytest.mark.parametrize("name", BIDDING)
def test_an_aspiration_lies_between_the_floor_and_the_best(name, view):
    later = opened(view)
    assert later.reserve <= later.floor <= BIDDING[name](later) <= later.best
    first = replace(view, history=tuple(turn for turn in view.history if not turn.mine))
    assert BIDDING[name](first) == first.ceiling


@settings(max_examples=40, deadline=None)
@given(view=views(), beta=BETA, taus=st.tuples(SHARE, SHARE))
@pytest.mark.parametrize("name", TIME)
def test_time_aspirations_never_rise_and_end_at_the_floor(name, view, beta, taus):
    view = opened(view)
    tuned = {"beta": beta} if "beta" in parameters(BIDDING[name]) else {}
    early, late = (BIDDING[name](replace(view, tau=tau), **tuned) for tau in sorted(taus))
    assert early >= late
    assert BIDDING[name](replace(view, tau=1.0), **tuned) == view.floor
    assert BIDDING[name](replace(view, tau=0.0), **tuned) == pytest.approx(view.best, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(view=views(), betas=st.tuples(BETA, BETA))
def test_a_larger_beta_asks_for_less(view, betas):
    view = opened(view)
    tough, soft = (BIDDING["time_dependent"](view, beta=beta) for beta in sorted(betas))
    assert tough >= soft


@settings(max_examples=40, deadline=None)
@given(view=views())
@pytest.mark.parametrize("name", BIDDING)
def test_whoever_insists_on_everything_never_moves(name, view):
    view = opened(replace(view, floor=view.best))
    assert BIDDING[name](view) == view.best


@settings(max_examples=40, deadline=None)
@given(view=views(), rise=st.floats(0, 50))
def test_tit_for_tat_never_takes_back_and_gives_more_for_more(view, rise):
    view = opened(replace(view, last_aspiration=view.best))
    received = (*view.history, Turn(False, 1, 0.0), Turn(True, 2, 0.0))
    less, more = (replace(view, history=(*received, Turn(False, 3, x))) for x in (rise, rise + 1))
    assert BIDDING["tit_for_tat"](more) <= BIDDING["tit_for_tat"](less) <= view.best


@settings(max_examples=40, deadline=None)
@given(codes=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=10))
def test_micro_never_goes_back_up_as_the_talks_go_on(codes):
    history = (Turn(True, 50, 9.0),)
    asked = []
    for own, other in codes:
        history = (*history, Turn(False, other, 0.0))
        asked.append(BIDDING["micro"](View(0.5, 0.0, 1.0, 8.0, 9.0, history, 12, 3, None)))
        history = (*history, Turn(True, own, 5.0))
    assert asked == sorted(asked, reverse=True)
    steps = [round((8.0 - a) / 7.0 * 11) for a in asked]
    assert all(later - earlier in (0, 1) for earlier, later in zip([0, *steps], steps, strict=False))


@settings(max_examples=40, deadline=None)
@given(view=views(), offer=FLOW, bid=st.none() | FLOW)
@pytest.mark.parametrize("name", ACCEPTANCE)
def test_no_rule_accepts_below_the_reserve(name, view, offer, bid):
    aspiration = BIDDING["linear"](opened(view))
    if ACCEPTANCE[name](view, offer, bid, aspiration):
        assert offer >= view.reserve
    assert ACCEPTANCE[name](view, max(aspiration, view.best, 1000.0), bid, aspiration)


@settings(max_examples=40, deadline=None)
@given(view=views(), offer=FLOW, bid=st.none() | FLOW, more=st.floats(0, 100))
@pytest.mark.parametrize("name", ACCEPTANCE)
def test_a_better_offer_is_not_refused_where_a_worse_one_is_accepted(name, view, offer, bid, more):
    aspiration = BIDDING["boulware"](opened(view))
    if ACCEPTANCE[name](view, offer, bid, aspiration):
        assert ACCEPTANCE[name](view, offer + more, bid, aspiration)


@settings(max_examples=40, deadline=None)
@given(view=views(), power=st.integers(-8, 8))
@pytest.mark.parametrize("name", BIDDING)
def test_the_unit_of_money_does_not_matter(name, view, power):
    # Subnormal amounts lose digits when scaled.
    view = opened(replace(view, reserve=round(view.reserve, 3), floor=round(view.floor, 3)))
    view = replace(view, best=max(round(view.best, 3), view.floor), ceiling=round(view.ceiling, 3))
    view = replace(view, tau=round(view.tau, 3))
    k = 2.0**power
    scaled = replace(
        view,
        reserve=view.reserve * k,
        floor=view.floor * k,
        best=view.best * k,
        ceiling=view.ceiling * k,
        history=tuple(replace(t, own=None if t.own is None else t.own * k) for t in view.history),
        last_aspiration=None if view.last_aspiration is None else view.last_aspiration * k,
    )
    assert BIDDING[name](scaled) == BIDDING[name](view) * k

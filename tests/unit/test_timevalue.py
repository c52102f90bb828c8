"""What waiting is worth: closed forms, and the definition integrated day by day."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negosim.core.timevalue import DelayCost, InForce, Outlook, reserve_flow, with_line

FLOW = st.floats(-1e4, 1e4)
COST = st.floats(0.0, 1e3)
FAST = settings(max_examples=60, deadline=None)


@st.composite
def waits(draw):
    deadline = draw(st.integers(1, 200))
    starts = sorted({0, *draw(st.lists(st.integers(1, 220), max_size=3))})
    return {
        "deadline": float(deadline),
        "horizon": float(deadline + draw(st.integers(1, 2000))),
        "in_force": InForce(tuple(map(float, starts)), tuple(draw(FLOW) for _ in starts)),
        "delay": DelayCost(draw(COST), draw(COST), float(draw(st.integers(1, 200)))),
        "no_deal": draw(FLOW),
    }


def value(until, after, *, in_force, delay, horizon):
    """Money from day 0 to the horizon, whole days: in force less delay until a day, then another flow."""
    total = 0.0
    for day in range(int(until)):
        flow = [f for start, f in zip(in_force.starts, in_force.flows, strict=True) if start <= day][-1]
        share = min((day + 0.5) / delay.deadline, 1.0)
        total += (flow - (delay.start + (delay.end - delay.start) * share)) / 365.0
    return total + (horizon - until) / 365.0 * after


@FAST
@given(waits())
def test_at_the_deadline_the_reserve_is_no_deal_exactly(wait):
    assert reserve_flow(wait["deadline"], **wait) == wait["no_deal"]


@FAST
@given(waits(), st.floats(0.0, 1.0))
def test_a_package_at_the_reserve_is_worth_as_much_as_no_deal(wait, share):
    day = float(int(share * wait["deadline"]))
    given_flows = {key: wait[key] for key in ("in_force", "delay", "horizon")}
    reserve = reserve_flow(day, **wait)
    accepted = value(day, reserve, **given_flows)
    refused = value(wait["deadline"], wait["no_deal"], **given_flows)
    assert accepted == pytest.approx(refused, rel=1e-9, abs=1e-3)


@FAST
@given(FLOW, COST, st.floats(0.0, 1.0), st.integers(1, 2000))
def test_nothing_changes_while_waiting_is_as_good_as_no_deal(no_deal, cost, share, extra):
    steady = InForce((0.0,), (no_deal + cost,))
    found = reserve_flow(84.0 * share, 84.0, 84.0 + extra, steady, DelayCost(cost, cost, 84.0), no_deal)
    assert found == pytest.approx(no_deal, rel=1e-9, abs=1e-6)


@FAST
@given(waits(), st.floats(0.0, 1.0), st.sampled_from([0.125, 2.0, 8.0]), FLOW)
def test_units_and_zero_of_the_money_do_not_matter(wait, share, k, shift):
    day = share * wait["deadline"]
    force, delay = wait["in_force"], wait["delay"]
    changed = {
        **wait,
        "in_force": InForce(force.starts, tuple(k * flow + shift for flow in force.flows)),
        "delay": DelayCost(k * delay.start, k * delay.end, delay.deadline),
        "no_deal": k * wait["no_deal"] + shift,
    }
    assert reserve_flow(day, **changed) == pytest.approx(k * reserve_flow(day, **wait) + shift, rel=1e-9, abs=1e-4)


def test_a_change_in_force_by_hand():
    # From day 73 to 365: 73 days at 10, then 219 at 5; no deal 1, no cost. (73 · 9 + 219 · 4) / 365 = 4.2;
    # 1 + 4.2 / (657 / 365) = 1 + 4.2 / 1.8.
    force = InForce((0.0, 146.0), (10.0, 5.0))
    assert reserve_flow(73.0, 365.0, 730.0, force, DelayCost(), 1.0) == pytest.approx(1.0 + 4.2 / 1.8)


def test_the_cost_of_delay_rises_to_the_deadline_and_stays():
    cost = DelayCost(start=0.0, end=365.0, deadline=10.0)
    assert cost.between(0.0, 10.0) == pytest.approx(5.0)
    assert cost.between(0.0, 5.0) == pytest.approx(1.25)
    assert cost.between(5.0, 10.0) == pytest.approx(3.75)
    assert cost.between(10.0, 13.0) == pytest.approx(3.0)
    assert cost.between(8.0, 12.0) == pytest.approx(1.8 + 2.0)


def test_a_cost_of_delay_lowers_the_reserve():
    steady = InForce((0.0,), (3.0,))
    hurried = reserve_flow(0.0, 73.0, 365.0, steady, DelayCost(2.0, 2.0, 73.0), 3.0)
    # A fifth of a year at 2, spread over the whole year.
    assert hurried == pytest.approx(3.0 - 0.4)


def test_hope_counts_only_what_can_be_gained():
    outlook = Outlook({"none": 2.0}, InForce((0.0,), (2.0,)), DelayCost(), 365.0)
    assert outlook.reserve(50.0, 50.0, "none") == 2.0
    assert outlook.reserve(50.0, 50.0, "none", hope=0.25, attainable=10.0) == 4.0
    assert outlook.reserve(50.0, 50.0, "none", hope=0.25, attainable=-10.0) == 2.0


@FAST
@given(FLOW, FLOW, st.floats(0.0, 10.0))
def test_a_line_lifts_the_reserve_towards_itself(reserve, line, strength):
    lifted = with_line(reserve, line, strength)
    if line <= reserve or strength == 0.0:
        assert lifted == pytest.approx(reserve, rel=1e-12, abs=1e-9)
    else:
        assert reserve - 1e-9 <= lifted <= line + 1e-9
        # At the lifted reserve, what the package gives above the reserve pays for stepping below the line.
        assert lifted - reserve == pytest.approx(strength * (line - lifted), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("line", [-7.25, -100.0])
def test_no_line_no_change(line):
    assert with_line(-7.25, line, 0.0) == -7.25
    assert with_line(-7.25, line, 3.0) == -7.25

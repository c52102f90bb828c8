"""Concession curves against published closed forms.

Faratin, Sierra & Jennings, "Negotiation decision functions for autonomous agents", Robotics and Autonomous
Systems 24 (1998), give the share conceded at time t as the polynomial ``k + (1 - k) (t/T)^(1/beta)`` or as
an exponential.  The tables below hold both at ``k = 0.1``.  Here ``k = 0``: the share conceded is ``(their
value - k) / (1 - k)``.
"""

from __future__ import annotations

import math

import pytest

from negosim.core.tactics import BIDDING, Turn, View, boulware, linear, micro, time_dependent, tit_for_tat

K = 0.1
TIMES = (0.0, 0.25, 0.5, 0.75, 1.0)
POLYNOMIAL = {
    0.2: (0.1, 0.100879, 0.128125, 0.313574, 1.0),
    1.0: (0.1, 0.325, 0.55, 0.775, 1.0),
    2.0: (0.1, 0.55, 0.736396, 0.879423, 1.0),
}
EXPONENTIAL = {
    0.2: (0.1, 0.113740, 0.134725, 0.174639, 1.0),
    1.0: (0.1, 0.177828, 0.316228, 0.562341, 1.0),
    2.0: (0.1, 0.273842, 0.562341, 0.865964, 1.0),
}


OPENED = (Turn(True, 0, 30.0),)


def at(tau, *, history=OPENED, n_turns=5, last=30.0):
    return View(tau, 4.0, 6.0, 22.0, 30.0, history, n_turns, 1, last)


def conceded(aspiration):
    return (22.0 - aspiration) / (22.0 - 6.0)


@pytest.mark.parametrize("beta", POLYNOMIAL)
def test_the_curve_is_the_polynomial_one(beta):
    ours = [conceded(time_dependent(at(tau), beta=beta)) for tau in TIMES]
    assert ours == pytest.approx([(share - K) / (1 - K) for share in POLYNOMIAL[beta]], abs=1e-6)


@pytest.mark.parametrize("beta", EXPONENTIAL)
def test_the_curve_is_not_the_exponential_one(beta):
    ours = [conceded(time_dependent(at(tau), beta=beta)) for tau in TIMES]
    assert max(abs(o - (share - K) / (1 - K)) for o, share in zip(ours, EXPONENTIAL[beta], strict=True)) > 0.05


@pytest.mark.parametrize(("name", "exponent"), [("boulware", 4.0), ("linear", 1.0)])
def test_boulware_and_linear_are_those_of_the_exponent_convention(name, exponent):
    for tau in TIMES:
        assert conceded(BIDDING[name](at(tau))) == pytest.approx(tau**exponent)


def test_the_conceder_is_the_cube_root():
    assert [conceded(BIDDING["conceder"](at(tau))) for tau in (0.125, 0.343)] == pytest.approx([0.5, 0.7])


def test_half_the_concession_is_made_when_the_inverse_says():
    for beta in (0.2, 0.25, 1.0, 3.0):
        assert conceded(time_dependent(at(0.5**beta), beta=beta)) == pytest.approx(0.5)


def test_tit_for_tat_without_seed_against_a_wall_is_the_latest_boulware():
    aspiration = 30.0
    history = (Turn(False, 1, 5.0), Turn(True, 0, 30.0))
    for step in range(1, 21):
        tau = step / 20
        history = (*history, Turn(False, 1, 5.0))
        aspiration = tit_for_tat(at(tau, history=history, last=aspiration), seed_concession=0.0)
        assert aspiration == boulware(at(tau), beta=0.1)
        history = (*history, Turn(True, 0, aspiration))


def test_tit_for_tat_against_its_own_mirror_concedes_the_seed_twice_over():
    """Each passes on what it received and adds a seed, so n steps concede 1 + 2 + ... + n seeds."""
    seed = 0.01 * 16.0
    received = [5.0, 5.0]
    aspiration, history = 22.0, (Turn(True, 0, 30.0), Turn(False, 0, 5.0))
    for step in range(1, 6):
        history = (*history, Turn(True, step, aspiration), Turn(False, step, received[-1]))
        later = tit_for_tat(at(0.2, history=history, last=aspiration), seed_concession=0.01)
        assert 22.0 - later == pytest.approx(seed * math.comb(step + 1, 2), abs=1e-4)
        received.append(received[-1] + aspiration - later)
        aspiration = later


def test_two_micros_that_keep_finding_new_packages_are_linear():
    """Every step is answered by a step, so both reach the floor at their last turn."""
    n_turns = 9
    history = (Turn(True, 0, 30.0), Turn(False, 0, 0.0))
    for turn in range(1, n_turns):
        asked = micro(at(0.5, history=history, n_turns=n_turns))
        assert asked == pytest.approx(linear(at(turn / (n_turns - 1))))
        history = (*history, Turn(True, turn, asked), Turn(False, turn, 0.0))


def test_micro_against_a_wall_makes_one_step():
    history = (Turn(True, 0, 30.0), Turn(False, 0, 0.0))
    for _ in range(8):
        assert micro(at(0.5, history=history, n_turns=9)) == 20.0
        history = (*history, Turn(True, 1, 20.0), Turn(False, 0, 0.0))

"""What each tactic asks for and accepts, worked by hand."""

from __future__ import annotations

import pytest

from negosim.core.acceptance import ACCEPTANCE, ac_combi, ac_const, ac_next, ac_time
from negosim.core.beliefs import BELIEFS
from negosim.core.parameters import LIMITS, TacticError, check_parameters, parameters
from negosim.core.protocol import Accept, Offer, Pass
from negosim.core.tactics import (
    BIDDING,
    Script,
    Turn,
    View,
    boulware,
    conceder,
    hardliner,
    linear,
    micro,
    time_dependent,
    tit_for_tat,
)
from negosim.errors import NegosimError

OPENED = (Turn(True, 99, 150.0),)


def view(**changes):
    situation = {
        "tau": 0.5,
        "reserve": 0.0,
        "floor": 20.0,
        "best": 100.0,
        "ceiling": 150.0,
        "history": OPENED,
        "n_turns": 5,
        "turns_left": 3,
        "last_aspiration": 150.0,
    }
    return View(**situation | changes)


def mine(code):
    return Turn(True, code, 100.0)


def theirs(code, own=0.0):
    return Turn(False, code, own)


@pytest.mark.parametrize("name", BIDDING)
def test_every_tactic_opens_with_the_public_demand(name):
    unopened = {"history": (theirs(1, 5.0), theirs(2, 9.0)), "last_aspiration": None}
    assert BIDDING[name](view(**unopened)) == 150.0
    assert BIDDING[name](view(**unopened, ceiling=10.0)) == 20.0  # the floor is above all packages
    assert BIDDING[name](view()) <= 100.0


@pytest.mark.parametrize("name", BIDDING)
def test_a_first_turn_that_tabled_nothing_was_the_opening_too(name):
    assert BIDDING[name](view(history=(Turn(True, None, None),))) <= 100.0


def test_the_presets_differ_in_the_share_conceded_at_half_time():
    assert linear(view()) == 60.0
    assert boulware(view()) == 20.0 + 80.0 * (1 - 0.5**4)
    assert conceder(view()) == pytest.approx(20.0 + 80.0 * (1 - 0.5 ** (1 / 3)))
    assert time_dependent(view(), beta=0.5) == boulware(view(), beta=0.5) == conceder(view(), beta=0.5) == 80.0


def test_rounding_does_not_lift_an_aspiration_out_of_reach():
    assert 3.8 + (12.1 - 3.8) > 12.1
    assert boulware(view(tau=0.0, floor=3.8, best=12.1)) == 12.1


def test_a_hardliner_insists_on_its_share_whatever_the_time():
    assert {hardliner(view(tau=tau)) for tau in (0.0, 0.5, 1.0)} == {70.0}
    assert hardliner(view(reserve=40.0, floor=40.0), share=0.5) == 70.0
    assert hardliner(view(), share=0.1) == 20.0


def test_tit_for_tat_lowers_its_aspiration_by_the_rise_and_the_seed():
    history = (*OPENED, theirs(1, 10.0), mine(98), theirs(2, 25.0))
    assert tit_for_tat(view(history=history, last_aspiration=90.0)) == pytest.approx(90 - 15 - 0.03 * 80)
    assert tit_for_tat(view(history=history, last_aspiration=90.0), seed_concession=0.0) == 75.0


def test_tit_for_tat_answers_a_retreat_by_standing_still_at_most():
    history = (*OPENED, theirs(1, 25.0), mine(98), theirs(2, 24.0))
    assert tit_for_tat(view(history=history, last_aspiration=90.0)) == pytest.approx(90 + 1 - 2.4)
    history = (*OPENED, theirs(1, 25.0), mine(98), theirs(2, 5.0))
    assert tit_for_tat(view(history=history, last_aspiration=90.0)) == 90.0


def test_tit_for_tat_answers_a_concession_once():
    history = (*OPENED, theirs(1, 10.0), mine(98), theirs(2, 25.0), mine(97), Turn(False, None, None))
    assert tit_for_tat(view(history=history, last_aspiration=75.0), seed_concession=0.0) == 75.0


def test_tit_for_tat_compares_the_last_two_packages_of_anyone():
    history = (theirs(1, 10.0), *OPENED, theirs(2, 30.0), theirs(3, 42.0))
    assert tit_for_tat(view(history=history, last_aspiration=90.0), seed_concession=0.0) == 78.0


def test_the_opening_demand_of_tit_for_tat_counts_as_the_best_attainable():
    history = (theirs(1, 10.0), *OPENED, theirs(2, 30.0))
    assert tit_for_tat(view(history=history), seed_concession=0.0) == 80.0
    assert tit_for_tat(view(history=history, last_aspiration=None), seed_concession=0.0) == 80.0


def test_tit_for_tat_feels_the_deadline():
    late = view(tau=0.9, last_aspiration=100.0)
    assert tit_for_tat(late, seed_concession=0.0) == pytest.approx(20 + 80 * (1 - 0.9**10))
    assert tit_for_tat(view(tau=1.0), seed_concession=0.0, boulware_floor_beta=0.01) == 20.0


def test_micro_steps_while_it_has_tabled_no_more_packages_than_it_received():
    assert micro(view()) == 100.0  # one tabled, none received
    assert micro(view(history=(*OPENED, theirs(1)))) == 80.0
    assert micro(view(history=(*OPENED, theirs(1), mine(98)))) == 80.0
    assert micro(view(history=(*OPENED, theirs(1), mine(98), theirs(2)))) == 60.0


def test_micro_counts_distinct_packages():
    repeating = (*OPENED, theirs(1), mine(98), theirs(1), mine(98), theirs(1))
    assert micro(view(history=repeating)) == 80.0
    # Its own bid did not change on the second step, so it steps again without anything new from the other.
    assert micro(view(history=(*OPENED, theirs(1), mine(99), theirs(1)))) == 60.0


def test_micro_counts_what_all_others_tabled():
    assert micro(view(history=(*OPENED, theirs(1), theirs(2), mine(98)))) == 60.0


def test_micro_ends_at_the_floor():
    history = OPENED
    rungs = []
    for step in range(1, 8):
        history = (*history, theirs(step))
        rungs.append(micro(view(history=history)))
        history = (*history, mine(100 + step))
    assert rungs == [80.0, 60.0, 40.0, 20.0, 20.0, 20.0, 20.0]
    assert micro(view(history=(*OPENED, theirs(1)), n_turns=1)) == 20.0


def test_a_script_says_its_lines_and_then_passes():
    script = Script((Offer(4), Pass(), Accept()))
    assert [script.move(i) for i in range(5)] == [Offer(4), Pass(), Accept(), Pass(), Pass()]


def test_ac_next_accepts_what_reaches_the_aspiration_even_below_the_own_next_bid():
    # A bid is worth at least the aspiration: 65 and 60 against 60. Not even a bid may be possible.
    assert ac_next(view(), 60.0, 65.0, 60.0)
    assert not ac_next(view(), 59.9, 65.0, 60.0)
    assert ac_next(view(), 60.0, 60.0, 60.0)
    assert not ac_next(view(), 59.9, 60.0, 60.0)
    assert ac_next(view(), 60.0, None, 60.0)
    assert not ac_next(view(), 59.9, None, 60.0)
    assert not ac_next(view(reserve=62.0), 60.0, 65.0, 60.0)


def test_ac_const_asks_a_share_of_the_attainable_gain():
    assert ac_const(view(reserve=50.0), 65.0, None, 100.0)
    assert not ac_const(view(reserve=50.0), 64.9, None, 100.0)
    assert ac_const(view(reserve=50.0), 50.0, None, 100.0, alpha=0.0)


def test_ac_time_takes_anything_acceptable_near_the_end():
    assert ac_time(view(tau=0.95), 0.0, 100.0, 100.0)
    assert not ac_time(view(tau=0.94), 0.0, 100.0, 100.0)
    assert not ac_time(view(tau=1.0), -0.1, 100.0, 100.0)
    assert ac_time(view(tau=0.0), 100.0, 100.0, 100.0)


def test_ac_combi_compares_with_as_many_offers_as_turns_remain():
    history = (*OPENED, theirs(1, 30.0), theirs(2, 9.0), theirs(3, 12.0))
    late = {"tau": 0.9, "history": history}
    assert ac_combi(view(**late, turns_left=2), 12.0, 100.0, 100.0)
    assert not ac_combi(view(**late, turns_left=3), 12.0, 100.0, 100.0)
    assert not ac_combi(view(**late | {"tau": 0.89}, turns_left=2), 12.0, 100.0, 100.0)
    assert not ac_combi(view(**late, reserve=12.5, turns_left=1), 12.0, 100.0, 100.0)
    assert ac_combi(view(tau=0.0), 100.0, 100.0, 100.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: time_dependent(view(), beta=0.0), r"beta is 0.0; allowed is 0 to inf, both excluded"),
        (lambda: boulware(view(), beta=-1.0), "beta is -1.0"),
        (lambda: conceder(view(), beta=float("inf")), "beta is inf"),
        (lambda: time_dependent(view(), beta=float("nan")), "beta is nan"),
        (lambda: hardliner(view(), share=1.1), "share is 1.1; allowed is 0 to 1"),
        (lambda: tit_for_tat(view(), seed_concession=-0.1), "seed_concession is -0.1"),
        (lambda: tit_for_tat(view(), boulware_floor_beta=0.0), "boulware_floor_beta is 0.0"),
        (lambda: ac_const(view(), 1.0, None, 1.0, alpha=2.0), "alpha is 2.0"),
        (lambda: ac_time(view(), 1.0, None, 1.0, after=-0.5), "after is -0.5"),
        (lambda: ac_combi(view(), 1.0, None, 1.0, after=1.5), "after is 1.5"),
    ],
)
def test_a_parameter_out_of_range_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("table", [BIDDING, ACCEPTANCE])
def test_every_parameter_is_a_number_with_limits_that_hold_its_default(table):
    for function in table.values():
        for name, (kind, default) in parameters(function).items():
            assert kind is float
            assert default in LIMITS[name]


def test_no_limit_is_left_over():
    used = {name for table in (BIDDING, ACCEPTANCE, BELIEFS) for f in table.values() for name in parameters(f)}
    assert used == set(LIMITS)


def test_defaults_are_filled_in():
    assert check_parameters(BIDDING, "boulware", {}) == {"beta": 0.25}
    assert check_parameters(BIDDING, "boulware", {"beta": 1}) == {"beta": 1.0}
    assert check_parameters(BIDDING, "micro", {}) == {}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("boulwear", {}, r"no 'boulwear'; allowed: time_dependent, .*did you mean 'boulware'"),
        (
            "boulware",
            {"betta": 1.0},
            r"boulware has no parameter 'betta'; allowed: beta \(did you mean 'beta'",
        ),
        ("micro", {"beta": 1.0}, "micro has no parameter 'beta'; allowed: none"),
        ("linear", {"beta": 1.0}, "linear has no parameter 'beta'; allowed: none"),
        ("boulware", {"beta": "0.2"}, "boulware.beta is '0.2'; it must be of type float"),
        ("boulware", {"beta": True}, "boulware.beta is True; it must be of type float"),
        ("boulware", {"beta": 0}, "boulware.beta is 0; allowed is 0 to inf"),
        ("hardliner", {"share": 70}, "hardliner.share is 70; allowed is 0 to 1"),
    ],
)
def test_a_scenario_learns_what_is_wrong(name, given, words):
    with pytest.raises(TacticError, match=words):
        check_parameters(BIDDING, name, given)


def test_the_user_can_put_it_right():
    assert issubclass(TacticError, NegosimError)


def test_tit_for_tat_answers_each_seat_by_its_own_packages():
    # Seat 1 gives 10 more than before, seat 2 gives 4 less: a mean rise of 3; the seats' packages are not mixed up.
    history = (
        *OPENED,
        Turn(False, 1, 10.0, seat=1),
        Turn(False, 2, 60.0, seat=2),
        mine(98),
        Turn(False, 3, 20.0, seat=1),
        Turn(False, 4, 56.0, seat=2),
    )
    asked = tit_for_tat(view(history=history, last_aspiration=90.0), seed_concession=0.0)
    assert asked == pytest.approx(90.0 - 3.0)


def test_micro_waits_for_the_seat_that_has_tabled_least_and_not_for_one_that_only_listens():
    seats = [
        Turn(False, 1, 5.0, seat=1),
        Turn(False, 2, 5.0, seat=1),
        Turn(False, 3, 5.0, seat=2),
        Turn(False, None, None, 3),
    ]
    ahead = view(history=(*OPENED, mine(98), *seats))
    level = view(history=(*OPENED, mine(98), *seats, Turn(False, 4, 5.0, seat=2)))
    assert micro(ahead) > micro(level)

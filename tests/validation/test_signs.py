"""Each knob pushes the talks the way that reasoning about bargaining says, with everything else and all chance alike.

Every comparison plays the same seeds twice (common random numbers), so that only the knob differs.
"""

from __future__ import annotations

from statistics import mean

import numpy as np
import pytest

from negosim.scenario.load import load_scenario
from negosim.sim.record import negotiate, outcome_of

pytestmark = pytest.mark.slow

SEEDS = range(250)
US, JAPAN = "us_government", "japan_government"
TACTICS = ("boulware", "linear", "hardliner", "tit_for_tat", "micro")


def only(tactic, sides=("us", "japan")):
    """Return settings under which these sides are sure to play one tactic."""
    return {f"values.{name}_chance_{side}": float(name == tactic) for name in TACTICS for side in sides}


@pytest.fixture(scope="module")
def base():
    """Load the shipped scenario and work out its packages once."""
    scenario = load_scenario("us_japan_2025")
    assert len(scenario.problem.menu) > 0
    return scenario


@pytest.fixture(scope="module")
def play(base):
    """Return a function that plays all seeds under other behaviour; each way is played once."""
    played = {}

    def run(overrides=(), given=None):
        key = repr((overrides, given))
        if key not in played:
            scenario = load_scenario("us_japan_2025", overrides, given)
            vars(scenario)["problem"] = base.problem
            played[key] = [summary(negotiate(scenario, seed)) for seed in SEEDS]
        return played[key]

    return run


def summary(model):
    """Return what the comparisons need of finished talks.

    Shares are measured without pressure and lines: at the weights that were drawn, over no deal, of the most that a seat could
    gain from a package that leaves nobody worse off. What is lost is measured against the packages that the lines leave.
    """
    found = {"deal": model.agreement, "in time": model.agreement and model.phase == 1, "day": model.day}
    if model.agreement:
        agreed = model.problem.components(model.signed_code)
        no_deal = model.problem.references[model.no_deal_today]
        over = []
        for n in model.negotiators:
            flows = n.party.flows(np.vstack([agreed, model.problem.menu.components]), n.party.on_grid(n.drawn_weights))
            over.append(flows - n.party.flows(no_deal, n.party.on_grid(n.drawn_weights)))
        gains = np.stack(over, axis=1)
        best = gains[1:][np.all(gains[1:] >= 0.0, axis=1)].max(axis=0)
        found["shares"] = dict(zip(model.problem.seats, (gains[0] / best).tolist(), strict=True))
        found["lost"] = outcome_of(model)["theory"]["gain_lost"]
    return found


def deals(talks, what="deal"):
    return sum(t[what] for t in talks)


def in_both(one, other):
    """Return the pairs of talks that end in a deal either way."""
    return [(a, b) for a, b in zip(one, other, strict=True) if a["deal"] and b["deal"]]


def test_insisting_on_more_to_the_end_costs_deals(play):
    for side in ("us", "japan"):
        found = [deals(play(given={f"values.floor_share_{side}": share})) for share in (0.0, 0.4, 0.8)]
        assert found[0] > found[1] > found[2]


def test_a_public_line_costs_deals_and_buys_a_share(play):
    plain = play(given={"values.line_strength_japan": 0.0})
    bound = play(given={"values.line_strength_japan": 1.0})
    assert deals(bound) < deals(plain)
    pairs = [(a["shares"], b["shares"]) for a, b in in_both(plain, bound)]
    assert mean(b[JAPAN] for _, b in pairs) > mean(a[JAPAN] for a, _ in pairs)
    assert mean(b[US] for _, b in pairs) < mean(a[US] for a, _ in pairs)


def test_hope_for_more_in_the_extra_weeks_costs_deals_in_time(play):
    both = ("values.hope_us", "values.hope_japan")
    found = [deals(play(given=dict.fromkeys(both, hope)), "in time") for hope in (0.0, 0.25, 0.5)]
    assert found[0] > found[2]
    assert found[0] >= found[1] >= found[2]


def test_knowing_the_other_wastes_less(play):
    both = ("values.prior_mix_us", "values.prior_mix_japan")
    found = []
    for ignorance in (1.0, 0.5, 0.0):
        talks = play(given=dict.fromkeys(both, ignorance))
        found.append(mean(t["lost"] for t in talks if t["deal"]))
    assert found[0] > found[1] > found[2]
    # A government may make a commitment at home between the other's offer and its own answer; nothing else is lost.
    assert found[2] < 1e-3
    calm = play(given={**dict.fromkeys(both, 0.0), "mechanisms.home_table": False, "mechanisms.mobilisation": False})
    assert max(t["lost"] for t in calm if t["deal"]) == pytest.approx(0.0, abs=1e-9)


def test_a_letter_that_may_come_adds_deals_and_takes_none_away_before_it_is_known(play):
    never, sure = play(("no_postponement",)), play(("certain_extension",))
    assert deals(sure) > deals(never)
    assert max(t["day"] for t in never) == 84.0
    assert max(t["day"] for t in sure) == 107.0


def test_a_late_conceder_gains_on_an_early_one(play):
    late, early = "values.boulware_beta_us", "values.boulware_beta_japan"
    same = play(given={**only("boulware"), late: 0.15, early: 0.15})
    softer = play(given={**only("boulware", ("us",)), **only("linear", ("japan",)), late: 0.15})
    pairs = [(a["shares"], b["shares"]) for a, b in in_both(same, softer)]
    assert mean(b[US] for _, b in pairs) > mean(a[US] for a, _ in pairs)


def test_two_who_never_move_agree_least_and_two_even_conceders_most(play):
    hard, late, even = (deals(play(given=only(name))) for name in ("hardliner", "boulware", "linear"))
    assert hard < late / 2
    assert hard < even
    one_sided = play(given={**only("hardliner", ("us",)), **only("boulware", ("japan",))})
    assert hard < deals(one_sided) < late


def test_most_deals_come_late(play):
    talks = play()
    days = sorted(t["day"] for t in talks if t["deal"])
    assert days[len(days) // 2] >= 72.0
    assert days[0] > 0.0
    late = sum(day >= 0.8 * 84.0 for day in days) / len(days)
    assert late > 0.6

"""What each belief learns from what the other tables."""

from __future__ import annotations

import numpy as np
import pytest

from negosim.core.beliefs import (
    BELIEFS,
    Bayesian,
    Frequency,
    Prior,
    Setting,
    prior_weights,
)
from negosim.core.parameters import LIMITS, TacticError, check_parameters, parameters

LEVELS = np.array([[a, b] for a in range(3) for b in range(4)])
N_LEVELS = (3, 4)
COMPONENTS = np.column_stack([0.25 * LEVELS[:, 1], LEVELS[:, 0], -1.0 * LEVELS[:, 1]])
BOX = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [1.0, 0.5]])


def setting_of(**changes):
    start = {
        "true": np.array([2.0, 2.5]),
        "draws": BOX,
        "components": COMPONENTS,
        "levels": LEVELS,
        "n_levels": N_LEVELS,
    }
    return Setting(**start | changes)


def show(belief, *rows, tau=0.0):
    for row in rows:
        belief.observe(COMPONENTS[row], LEVELS[row], tau)
    return belief


def row_of(first, second):
    return 4 * first + second


def test_a_prior_is_linear_in_the_components_and_learns_nothing():
    belief = Prior(np.array([2.0, 0.5]))
    before = belief.estimate(COMPONENTS, LEVELS)
    assert before[row_of(2, 3)] == 0.75 + 2 * 2 - 0.5 * 3
    assert np.array_equal(show(belief, 1, 2, 3).estimate(COMPONENTS, LEVELS), before)
    assert belief.weights.tolist() == [2.0, 0.5]


def test_ignorance_mixes_the_draw_with_the_truth():
    draw, true = np.array([3.0, 0.0]), np.array([1.0, 8.0])
    assert prior_weights(draw, true, 1.0).tolist() == [3.0, 0.0]
    assert prior_weights(draw, true, 0.0).tolist() == [1.0, 8.0]
    assert prior_weights(draw, true, 0.25).tolist() == [1.5, 6.0]
    with pytest.raises(ValueError, match=r"nu is 1.5; allowed is 0 to 1"):
        prior_weights(draw, true, 1.5)


def test_the_posterior_is_the_normalised_product_of_the_likelihoods():
    sigma = 0.3
    belief = Bayesian(BOX, COMPONENTS, sigma)
    assert belief.posterior == pytest.approx([0.25] * 4)
    likelihood = np.ones(4)
    for row, tau in [(row_of(2, 0), 0.0), (row_of(1, 0), 0.5), (row_of(2, 2), 1.0)]:
        belief.observe(COMPONENTS[row], LEVELS[row], tau)
        for i, (w1, w2) in enumerate(BOX):
            flows = [0.25 * b + w1 * a - w2 * b for a, b in LEVELS]
            u = (flows[row] - min(flows)) / (max(flows) - min(flows))
            likelihood[i] *= np.exp(-((u - (1 - tau / 2)) ** 2) / (2 * sigma**2))
    assert belief.posterior == pytest.approx(likelihood / likelihood.sum())
    assert belief.weights == pytest.approx(belief.posterior @ BOX)


def test_the_mean_flow_is_the_flow_at_the_mean():
    belief = show(Bayesian(BOX, COMPONENTS), row_of(2, 2), row_of(1, 1))
    each = np.stack([Prior(weights).estimate(COMPONENTS, LEVELS) for weights in BOX])
    assert belief.estimate(COMPONENTS, LEVELS) == pytest.approx(belief.posterior @ each)


def test_a_bayesian_finds_who_tables_its_best_package():
    hypotheses = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    components = COMPONENTS * np.array([0.0, 1.0, 1.0])
    for i, truth in enumerate(hypotheses):
        best = int(np.argmax(components[:, 1:] @ truth))
        belief = Bayesian(hypotheses, components)
        belief.observe(components[best], LEVELS[best], 0.0)
        assert int(np.argmax(belief.posterior)) == i
        assert belief.posterior[i] > 0.9


def test_a_thousand_offers_do_not_lose_the_posterior():
    belief = show(Bayesian(BOX, COMPONENTS, sigma=0.05), *[row_of(0, 3)] * 1000)
    assert np.isfinite(belief.posterior).all()
    assert belief.posterior.sum() == pytest.approx(1.0)
    assert np.isfinite(belief.weights).all()


def test_one_hypothesis_stays_certain():
    belief = show(Bayesian(BOX[:1], COMPONENTS), 3, 7, tau=0.5)
    assert belief.posterior.tolist() == [1.0]
    assert belief.weights.tolist() == BOX[0].tolist()


def test_nothing_hidden_leaves_nothing_to_learn():
    belief = Bayesian(np.empty((3, 0)), COMPONENTS[:, :1])
    belief.observe(COMPONENTS[5, :1], LEVELS[5], 0.5)
    assert belief.weights.shape == (0,)
    assert belief.posterior == pytest.approx([1 / 3] * 3)
    assert np.array_equal(belief.estimate(COMPONENTS[:, :1], LEVELS), COMPONENTS[:, 0])


def test_components_without_range_do_not_divide_by_zero():
    flat = np.full((12, 3), 4.0)
    belief = Bayesian(BOX, flat)
    belief.observe(flat[0], LEVELS[0], 0.0)
    assert belief.posterior == pytest.approx([0.25] * 4)
    # Only the second hypothesis sees no difference between packages: to it the worst package is as good as
    # the best.
    one_sided = COMPONENTS * np.array([0.0, 1.0, 0.0])
    belief = Bayesian(np.array([[1.0, 0.0], [0.0, 1.0]]), one_sided)
    belief.observe(one_sided[0], LEVELS[0], 0.0)
    assert belief.posterior[1] > 0.99


@pytest.mark.parametrize("power", [-7, 3, 12])
def test_the_unit_of_money_leaves_every_bit_of_a_posterior(power):
    k = 2.0**power
    rng = np.random.default_rng(4)
    components, hypotheses = rng.normal(size=(300, 4)), rng.normal(size=(24, 3))
    small, large = Bayesian(hypotheses, components), Bayesian(hypotheses, components * k)
    levels = rng.integers(0, 3, (300, 5))
    counted = Frequency(hypotheses[0], components, levels, [3] * 5)
    scaled = Frequency(hypotheses[0], components * k, levels, [3] * 5)
    for i in range(10):
        for belief, factor in ((small, 1.0), (large, k), (counted, 1.0), (scaled, k)):
            belief.observe(components[i] * factor, levels[i], i / 10)
    assert np.array_equal(small.posterior, large.posterior)
    assert len(set(small.posterior.tolist())) > 10
    assert np.array_equal(small.weights, large.weights)
    for plain, other in ((small, large), (counted, scaled)):
        flows = plain.estimate(components, levels)
        assert np.array_equal(flows * k, other.estimate(components * k, levels))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Bayesian(np.empty((0, 2)), COMPONENTS), "h >= 1"),
        (lambda: Bayesian(BOX[:, :1], COMPONENTS), r"must be \(N, 2\)"),
        (lambda: Bayesian(BOX, COMPONENTS[:0]), "N >= 1"),
        (lambda: Bayesian(BOX, COMPONENTS, sigma=0.0), "sigma is 0.0; allowed is 0 to inf"),
        (lambda: Frequency(BOX[0], COMPONENTS[:, :2], LEVELS, N_LEVELS), r"must be \(N, 3\)"),
        (lambda: Frequency(BOX[0], COMPONENTS, LEVELS[:, :1], N_LEVELS), r"not \(12, 2\)"),
        (lambda: Frequency(BOX[0], COMPONENTS, LEVELS, (3, 3)), "outside the levels"),
        (lambda: Frequency(BOX[0], COMPONENTS, LEVELS - 1, N_LEVELS), "outside the levels"),
        (lambda: Frequency(BOX[0], COMPONENTS, LEVELS, N_LEVELS, learning=1.1), "learning is 1.1"),
    ],
)
def test_what_is_not_a_belief(build, words):
    with pytest.raises(ValueError, match=words):
        build()


def counting(weights=(2.0, 1.0), **changes):
    return Frequency(np.array(weights), COMPONENTS, LEVELS, N_LEVELS, **changes)


def test_before_any_offer_a_frequency_belief_is_its_prior():
    flows = Prior(np.array([2.0, 1.0])).estimate(COMPONENTS, LEVELS)
    assert np.array_equal(counting().estimate(COMPONENTS, LEVELS), flows)


def test_levels_asked_for_become_valuable():
    # Counts from 1: issue one (1, 3, 1), issue two (2, 1, 1, 2); each relative to its favourite, each of
    # weight 1/2.
    belief = show(counting(learning=0.0), row_of(1, 3), row_of(1, 0))
    scores = {(1, 3): 1.0, (1, 1): 0.75, (0, 0): 2 / 3, (2, 2): 5 / 12}
    flows = Prior(belief.weights).estimate(COMPONENTS, LEVELS)
    estimate = belief.estimate(COMPONENTS, LEVELS)
    for (first, second), score in scores.items():
        wanted = flows.min() + (flows.max() - flows.min()) * (score - 5 / 12) / (7 / 12)
        assert estimate[row_of(first, second)] == pytest.approx(wanted)


def test_issues_that_stay_gain_weight():
    # Three offers with the first issue at 1 all along and the second at 3, 2, 2: counts (1, 4, 1) and (1, 1, 3, 2).
    belief = show(counting(), row_of(1, 3), row_of(1, 2), row_of(1, 2))
    first, second = (0.6 / 1.1 + 0.1) / 1.2, (0.5 / 1.1 + 0.1) / 1.2
    estimate = belief.estimate(COMPONENTS, LEVELS)
    lost = {row: estimate[row_of(1, 2)] - estimate[row_of(*row)] for row in ((0, 2), (1, 0), (1, 3))}
    assert lost[0, 2] / lost[1, 0] == pytest.approx(first * (3 / 4) / (second * (2 / 3)))
    assert lost[1, 3] / lost[1, 0] == pytest.approx(1 / 2)
    # With nothing learned about issues, both weigh the same.
    even = show(counting(learning=0.0), row_of(1, 3), row_of(1, 2), row_of(1, 2)).estimate(COMPONENTS, LEVELS)
    ratio = (even[row_of(1, 2)] - even[row_of(0, 2)]) / (even[row_of(1, 2)] - even[row_of(1, 0)])
    assert ratio == pytest.approx((3 / 4) / (2 / 3))


def test_the_estimate_spans_the_flows_of_the_prior():
    flows = Prior(np.array([2.0, 1.0])).estimate(COMPONENTS, LEVELS)
    estimate = show(counting(), row_of(1, 3), row_of(0, 2)).estimate(COMPONENTS, LEVELS)
    assert estimate.min() == flows.min()
    assert estimate.max() == pytest.approx(flows.max())


def test_a_single_package_is_estimated_as_on_the_menu():
    belief = show(counting(), row_of(1, 3), row_of(1, 2))
    whole = belief.estimate(COMPONENTS, LEVELS)
    assert belief.estimate(COMPONENTS[5:7], LEVELS[5:7]).tolist() == whole[5:7].tolist()


def test_a_menu_of_one_package_keeps_the_prior():
    belief = Frequency(BOX[0], COMPONENTS[:1], LEVELS[:1], N_LEVELS)
    belief.observe(COMPONENTS[0], LEVELS[0], 0.0)
    assert belief.estimate(COMPONENTS[:1], LEVELS[:1]).tolist() == COMPONENTS[:1, 0].tolist()


@pytest.mark.parametrize("name", BELIEFS)
def test_every_belief_in_the_table_can_be_started(name):
    belief = BELIEFS[name](setting_of(draws=np.tile(BOX, (6, 1))))
    assert belief.weights.shape == (2,)
    show(belief, 4, 5, tau=0.5)
    assert np.isfinite(belief.estimate(COMPONENTS, LEVELS)).all()


def test_the_table_uses_truth_and_draws_as_named():
    setting = setting_of()
    assert BELIEFS["known"](setting).weights.tolist() == [2.0, 2.5]
    assert BELIEFS["prior"](setting).weights.tolist() == BOX[0].tolist()
    assert BELIEFS["prior"](setting, nu=0.0).weights.tolist() == [2.0, 2.5]
    assert BELIEFS["frequency"](setting, nu=0.5).weights.tolist() == [1.5, 2.75]
    assert BELIEFS["bayesian"](setting, hypotheses=2).weights == pytest.approx(BOX[:2].mean(axis=0))
    with pytest.raises(ValueError, match="hypotheses is 24; there are 4 draws"):
        BELIEFS["bayesian"](setting)


def test_every_parameter_has_limits_that_hold_its_default():
    used = {name: default for f in BELIEFS.values() for name, (_, default) in parameters(f).items()}
    assert all(default in LIMITS[name] for name, default in used.items())


def test_a_scenario_learns_what_is_wrong_with_a_belief():
    assert check_parameters(BELIEFS, "bayesian", {}) == {"hypotheses": 24, "sigma": 0.15}
    with pytest.raises(TacticError, match=r"bayesian\.hypotheses is 2\.5; it must be of type int"):
        check_parameters(BELIEFS, "bayesian", {"hypotheses": 2.5})
    with pytest.raises(TacticError, match="no 'bayes'; allowed: known, prior, bayesian, frequency"):
        check_parameters(BELIEFS, "bayes", {})

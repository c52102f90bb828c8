"""From threat to pressure, by hand."""

from __future__ import annotations

import pytest

from negosim.core.mobilisation import Mood, Thresholds, moved, remembered, reversals, threat_of, weight_factor

LIMITS = Thresholds(lobbying=0.2, mobilised=0.5, down=0.5, dwell=3)
"""Down below 0.1 from lobbying, below 0.25 from mobilised, after three rounds."""


def path(threats, limits=LIMITS, mood=None):
    """Return the level after each round."""
    mood, levels = mood or Mood(), []
    for threat in threats:
        mood = moved(mood, threat, limits)
        assert mood.threat == threat
        levels.append(mood.level)
    return levels


@pytest.mark.parametrize(
    ("shortfall", "alarm", "ripening", "elapsed", "threat"),
    [
        (5.0, 10.0, 0.0, 0.0, 0.5),
        (5.0, 10.0, 0.0, 0.7, 0.5),  # nothing ripens
        (5.0, 10.0, 1.0, 0.0, 0.0),
        (5.0, 10.0, 1.0, 0.5, 0.25),
        (5.0, 10.0, 1.0, 1.0, 0.5),
        (5.0, 10.0, 0.4, 0.5, 0.4),  # 0.6 at once, 0.4 ripens, half of it has
        (40.0, 10.0, 0.4, 0.5, 0.8),  # first cut to one, then ripening
        (10.0, 10.0, 0.0, 0.0, 1.0),
        (0.0, 10.0, 0.0, 1.0, 0.0),
        (-4.0, 10.0, 0.0, 1.0, 0.0),
    ],
)
def test_a_threat_is_a_shortfall_that_ripens(shortfall, alarm, ripening, elapsed, threat):
    assert threat_of(shortfall, alarm, ripening, elapsed) == pytest.approx(threat, abs=1e-12)


def test_what_is_left_of_a_threat():
    assert remembered(0.8, 0.1, 0.5) == pytest.approx(0.4)
    assert remembered(0.8, 0.6, 0.5) == 0.6
    assert remembered(0.8, 0.0, 0.0) == 0.0
    assert remembered(0.0, 0.3, 0.9) == 0.3


def test_levels_rise_at_once_but_by_one_a_round():
    assert path([1.0]) == [1]
    assert path([1.0, 1.0, 1.0]) == [1, 2, 2]
    assert path([0.2]) == [1]  # a threshold counts as reached
    assert path([0.19]) == [0]
    assert path([0.2, 0.5]) == [1, 2]
    assert path([0.2, 0.49, 0.49]) == [1, 1, 1]


def test_a_level_ends_one_at_a_time_after_so_many_rounds_in_a_row():
    two = Mood(level=2, threat=1.0)
    assert path([0.0] * 8, mood=two) == [2, 2, 1, 1, 1, 0, 0, 0]
    one_round = Thresholds(0.2, 0.5, 0.5, dwell=1)
    assert path([0.0] * 3, one_round, two) == [1, 0, 0]


def test_a_round_that_is_not_low_starts_the_count_again():
    two = Mood(level=2, threat=1.0)
    assert path([0.0, 0.0, 0.3, 0.0, 0.0, 0.0], mood=two) == [2, 2, 2, 2, 2, 1]


def test_between_the_thresholds_nothing_moves():
    """Hysteresis: from 0.25 to 0.5 a mobilised member stays so and a lobbying one does not mobilise."""
    between = [0.3, 0.49, 0.25, 0.4] * 5
    assert path(between, mood=Mood(level=2)) == [2] * 20
    assert path(between, mood=Mood(level=1)) == [1] * 20
    # Just below, a mobilised member calms down, but goes on lobbying above 0.1.
    assert path([0.249] * 20, mood=Mood(level=2)) == [2, 2] + [1] * 18


def test_offers_that_swing_do_not_swing_the_level():
    assert path([0.6, 0.0] * 10) == [1, 1] + [2] * 18
    hasty = Thresholds(0.2, 0.5, 1.0, dwell=1)
    assert reversals(path([0.6, 0.0] * 10, hasty)) == 18  # the same offers with neither gap nor dwell


@pytest.mark.parametrize("level", [1, 2])
def test_no_level_outlives_its_threat_for_ever(level):
    assert path([0.0] * 6, mood=Mood(level, threat=1.0, low=0))[-1] == 0
    # Nor does memory keep it up: 0.7 of a full threat is left after each round, below 0.25 after four, below 0.1 after seven.
    mood, levels = Mood(level, threat=1.0), []
    for _ in range(12):
        mood = moved(mood, remembered(mood.threat, 0.0, 0.7), LIMITS)
        levels.append(mood.level)
    # At first it even mobilises who only lobbied.
    assert levels == [2, 2, 2, 2, 2, 1, 1, 1, 0, 0, 0, 0]


def test_a_rise_forgets_the_rounds_that_were_low():
    mood = moved(Mood(level=1, threat=0.3), 0.0, LIMITS)
    assert mood.low == 1
    mood = moved(mood, 0.9, LIMITS)
    assert (mood.level, mood.low) == (2, 0)
    assert path([0.0, 0.0, 0.0], mood=mood) == [2, 2, 1]


@pytest.mark.parametrize(
    ("pressure", "share", "boost", "factor"),
    [
        (0.0, 0.5, 3.0, 1.0),
        (1.0, 0.25, 0.0, 1.25),
        (1.0, 0.25, 1.0, 1.875),  # 5/4 · 3/2
        (2.0, 0.25, 1.0, 3.0),
        (2.0, 0.0, 0.5, 1.5),
        (0.5, 0.4, 0.8, 1.44),  # 6/5 · 6/5
    ],
)
def test_pressure_multiplies_weights(pressure, share, boost, factor):
    assert weight_factor(pressure, share, boost) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    ("levels", "turns"),
    [
        ([], 0),
        ([1], 0),
        ([0, 0, 0], 0),
        ([0, 1, 2, 2], 0),
        ([0, 1, 2, 1, 0], 0),
        ([2, 1, 0], 0),
        ([0, 1, 2, 1, 2], 1),
        ([2, 1, 1, 2, 2], 1),
        ([0, 1, 0, 0, 1, 1, 0], 2),
        ([0, 1, 0, 1, 0, 1], 3),
    ],
)
def test_how_often_a_level_turns_round_again(levels, turns):
    assert reversals(levels) == turns

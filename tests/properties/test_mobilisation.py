"""What holds of a member's level, whatever the threats: told from the whole path and not from round to round."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from negosim.core.mobilisation import Mood, Thresholds, moved, remembered, reversals, threat_of, weight_factor

TENTHS = st.integers(0, 10).map(lambda k: k / 10)
THREATS = st.lists(TENTHS, min_size=1, max_size=40)


@st.composite
def thresholds(draw):
    lobbying, mobilised = sorted(draw(st.sets(st.integers(1, 10), min_size=2, max_size=2)))
    return Thresholds(lobbying / 10, mobilised / 10, draw(st.sampled_from([0.3, 0.6, 1.0])), draw(st.integers(1, 4)))


def path(threats, limits):
    moods = [Mood()]
    for threat in threats:
        moods.append(moved(moods[-1], threat, limits))
    return [mood.level for mood in moods]


@settings(max_examples=150, deadline=None)
@given(THREATS, thresholds())
def test_a_level_moves_by_one_and_for_a_reason(threats, limits):
    levels = path(threats, limits)
    begins = {1: limits.lobbying, 2: limits.mobilised}
    since = 0  # the round in which the level last moved
    for t, (before, after) in enumerate(pairwise(levels)):
        rises = before < 2 and threats[t] >= begins[before + 1]
        recent = threats[max(since, t + 1 - limits.dwell) : t + 1]
        calm = before > 0 and len(recent) == limits.dwell and max(recent) < limits.down * begins[before]
        assert after - before == (1 if rises else -1 if calm else 0)
        if after != before:
            since = t + 1


@settings(max_examples=60, deadline=None)
@given(THREATS, thresholds())
def test_everybody_is_quiet_again_when_nothing_threatens_any_more(threats, limits):
    levels = path([*threats, *[0.0] * (2 * limits.dwell)], limits)
    assert levels[-1] == 0


@settings(max_examples=60, deadline=None)
@given(THREATS, thresholds(), st.sampled_from([0.5, 0.9]))
def test_memory_only_delays_that(threats, limits, memory):
    mood = Mood()
    for threat in threats:
        before = mood.threat
        mood = moved(mood, remembered(before, threat, memory), limits)
        assert threat <= mood.threat <= max(threat, before)
    quiet_after = 0
    while mood.level:
        quiet_after += 1
        mood = moved(mood, remembered(mood.threat, 0.0, memory), limits)
        assert quiet_after < 60  # 0.9^36 is below 0.03, the least that counts here


@settings(max_examples=60, deadline=None)
@given(THREATS, thresholds())
def test_dwelling_bounds_how_often_a_level_turns_round(threats, limits):
    turns = reversals(path(threats, limits)) + 1
    if turns > 1:  # one round for the first rise, then by turns `dwell` rounds for a fall and one for a rise
        assert 1 + -(-turns // 2) * limits.dwell + turns // 2 <= len(threats)
    for_ever = Thresholds(limits.lobbying, limits.mobilised, limits.down, len(threats))
    assert reversals(path(threats, for_ever)) == 0


@settings(max_examples=60, deadline=None)
@given(st.floats(-10, 10), st.floats(0.1, 10), TENTHS, TENTHS, TENTHS)
def test_threats_lie_between_nought_and_one_and_never_fall_with_time(shortfall, alarm, ripening, one, other):
    early, late = sorted((one, other))
    assert 0.0 <= threat_of(shortfall, alarm, ripening, early) <= threat_of(shortfall, alarm, ripening, late) <= 1.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 8).map(lambda k: k / 4), TENTHS, st.floats(0, 3))
def test_pressure_lifts_weights_up_to_a_bound(pressure, share, boost):
    factor = weight_factor(pressure, share, boost)
    assert 1.0 <= factor <= weight_factor(2.0, share, boost)
    assert factor >= weight_factor(pressure, share, 0.0)

"""Randomness with names: what a seed changes, and that nothing else does."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from negosim.errors import NegosimError
from negosim.scenario.load import load_scenario
from negosim.sim import streams as module
from negosim.sim.model import NegotiationModel
from negosim.sim.streams import Streams


def test_a_stream_is_the_same_whenever_it_is_asked():
    streams = Streams(5)
    first = streams.uniforms("a", 3)
    streams.uniforms("b", 10)
    assert streams.uniforms("a", 3).tolist() == first.tolist()
    assert Streams(5).uniforms("a", 7)[:3].tolist() == first.tolist()
    assert Streams(5).uniform("a") == first[0]


def test_names_and_seeds_tell_streams_apart():
    numbers = {Streams(seed).uniform(name) for seed in range(40) for name in ("a", "b", "ab", "a b", "")}
    assert len(numbers) == 200


def test_the_numbers_stay_the_same_from_version_to_version():
    found = [Streams(seed).uniform("tactic") for seed in (0, 1, 2**70)]
    assert found == pytest.approx([0.521141355423, 0.800325780785, 0.976306538795], abs=1e-12)


def test_the_numbers_are_uniform_over_names_and_over_seeds():
    for numbers in (
        [Streams(0).uniform(f"name {k}") for k in range(1500)],
        [Streams(k).uniform("name") for k in range(1500)],
    ):
        counts = np.histogram(numbers, bins=10, range=(0.0, 1.0))[0]
        # Ten cells of 150 expected; chi-square with 9 degrees of freedom is above 28 once in a thousand.
        assert float(((counts - 150.0) ** 2 / 150.0).sum()) < 28.0
        assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.1


def test_a_range_scales_the_first_number_and_an_empty_one_opens_no_stream(monkeypatch):
    plain = Streams(3).uniform("x")
    assert Streams(3).uniform("x", 10.0, 14.0) == 10.0 + 4.0 * plain
    monkeypatch.setattr(Streams, "uniforms", None)
    assert Streams(3).uniform("x", 2.5, 2.5) == 2.5


@pytest.mark.parametrize("seed", [np.int64(7), np.uint8(7), np.int32(7)])
def test_a_numpy_integer_is_a_seed(seed):
    assert Streams(seed).uniform("x") == Streams(7).uniform("x")
    assert type(Streams(seed).seed) is int


@pytest.mark.parametrize("seed", [-1, 1.0, True, "1", None, np.int64(-3), np.float64(2)])
def test_anything_else_is_refused_with_what_is_allowed(seed):
    with pytest.raises(NegosimError, match="allowed: a whole number from 0 up"):
        Streams(seed)


def documented() -> dict[str, re.Pattern[str]]:
    """Return the names in the table of the module's head as patterns."""
    seat = "[a-z_]+"
    rows = re.findall(r"^``(.+?)``  ", module.__doc__ or "", flags=re.MULTILINE)
    return {
        row: re.compile(row.replace("SEAT", seat).replace("OTHER", seat).replace("PARAMETER", seat)) for row in rows
    }


def listening(monkeypatch) -> set[str]:
    """Return a set that from now on gathers the names of the streams that are opened."""
    names: set[str] = set()
    draw = Streams.uniforms

    def remember(self, name, *shape):
        names.add(name)
        return draw(self, name, *shape)

    monkeypatch.setattr(Streams, "uniforms", remember)
    return names


def opened_by(monkeypatch, scenario, seeds) -> set[str]:
    names = listening(monkeypatch)
    for seed in seeds:
        model = NegotiationModel(scenario, rng=seed)
        assert model.running
    return names


US, JAPAN = "us_government", "japan_government"


def test_two_seats_open_the_documented_streams_and_no_other(monkeypatch):
    opened = opened_by(monkeypatch, load_scenario("us_japan_2025"), range(30))
    expected = {f"{seat} {use}" for seat in (US, JAPAN) for use in ("weights", "tactic", "floor", "line", "hope")}
    expected |= {f"{seat} extension" for seat in (US, JAPAN)}
    expected |= {f"{US} belief about {JAPAN}", f"{JAPAN} belief about {US}", "deadline", "ratification stance"}
    expected |= {
        f"{seat} tactic {parameter}"
        for seat in (US, JAPAN)
        for parameter in ("beta", "share", "seed_concession", "boulware_floor_beta")
    }
    assert opened == expected


def test_four_seats_open_the_documented_streams_and_no_other(monkeypatch):
    opened = opened_by(monkeypatch, load_scenario("us_japan_2025", ["four_at_the_table"]), range(30))
    seats = (US, JAPAN, "automakers", "farmers")
    assert {name for name in opened if "belief about" in name} == {
        f"{one} belief about {other}" for one in seats for other in seats if one != other
    }
    assert {name for name in opened if name.endswith(" line")} == {f"{US} line", f"{JAPAN} line"}
    assert {name for name in opened if name.endswith(" floor")} == {
        f"{seat} floor" for seat in seats[:3]
    }  # farmers have none
    matches = {name: [row for row, pattern in documented().items() if pattern.fullmatch(name)] for name in opened}
    assert {name: rows for name, rows in matches.items() if len(rows) != 1} == {}
    assert {row for rows in matches.values() for row in rows} == set(documented()) - WHEN_IT_HAPPENS


WHEN_IT_HAPPENS = {"SEAT principal", "ratification"}
"""Streams that only a deal opens; the others are opened before the first round."""


def test_what_may_follow_a_deal_opens_its_stream_when_it_does(monkeypatch):
    """A vote opens one, and a deal of the second phase the one of the principal."""
    assert set(documented()) >= WHEN_IT_HAPPENS
    for name in ("free_vote", "principal_reopens"):
        scenario = load_scenario("us_japan_2025", [name])
        happened, did_not = set(), set()
        for seed in range(12):
            model = NegotiationModel(scenario, rng=seed, collect=False)
            with monkeypatch.context() as patch:
                opened = listening(patch)
                while model.running:
                    model.step()
            reopened = any(offer["action"] == "reopen" for offer in model.offers)
            events = {
                "vote": model.vote is not None,
                "late deal": model.phase == 2 and (model.signed_code is not None or reopened),
            }
            expected = {"ratification"} if events["vote"] else set()
            if name == "principal_reopens" and events["late deal"]:
                expected.add(f"{US} principal")
            assert opened == expected
            happened |= {event for event, did in events.items() if did}
            did_not |= {event for event, did in events.items() if not did}
            watched = "vote" if name == "free_vote" else "late deal"
            if watched in happened & did_not:
                break
        else:
            pytest.fail(f"no talks with, or none without, a {watched}")


def test_a_deadline_that_cannot_move_opens_no_stream(monkeypatch):
    opened = opened_by(monkeypatch, load_scenario("two_neighbours"), range(3))
    assert opened == {f"{seat} weights" for seat in ("uplandia", "coastalia")} | {
        "uplandia belief about coastalia",
        "coastalia belief about uplandia",
    }


class Forbidden:
    """Stands for a generator that nobody may touch."""

    def __getattr__(self, name):
        raise AssertionError(f"a run asked a generator of Mesa's for {name}")


@pytest.mark.parametrize("overrides", [(), ("four_at_the_table",)], ids=["two seats", "four seats"])
def test_no_other_generator_is_touched(monkeypatch, overrides):
    before = (random.getstate(), np.random.get_state(legacy=False))  # noqa: NPY002
    model = NegotiationModel("us_japan_2025", overrides=overrides, rng=1)
    model.random = model.rng = Forbidden()
    model.agents.random = Forbidden()
    for agents in model.agents_by_type.values():
        agents.random = Forbidden()
    monkeypatch.setattr(np.random, "default_rng", Forbidden())
    while model.running:
        model.step()
    after = (random.getstate(), np.random.get_state(legacy=False))  # noqa: NPY002
    assert str(before) == str(after)


def test_mesas_seeding_is_not_what_moves_a_run(monkeypatch):
    """Two models with the same streams and differently seeded generators of Mesa's play the same talks."""

    def played(mesa_seed):
        model = NegotiationModel("two_neighbours", overrides="hidden_weight", rng=4)
        model.random.seed(mesa_seed)
        model.reset_rng(mesa_seed)
        while model.running:
            model.step()
        return [(offer["by"], offer["action"], offer["flows"]) for offer in model.offers]

    assert played(1) == played(2)

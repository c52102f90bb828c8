"""What would flip a run, on markets small enough to be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from negosim.errors import NegosimError
from negosim.scenario.load import load_scenario
from negosim.sim import ended as ended_module
from negosim.sim import flip as flip_module
from negosim.sim import replay as replay_module
from negosim.sim.flip import candidates, flip
from negosim.sim.moved import COLUMNS
from negosim.sim.replay import Replay, same_talks
from negosim.view.flipped import flip_data, flipped

HARBOUR = Path(__file__).parents[1] / "scenarios" / "harbour"

STALL = """
title = "A stall"
invented = true
seats = ["seller", "buyer"]
[calendar]
rounds = 3
[sources.invented]
title = "Made up"
kind = "judgement"
[issues.price]
label = "price"
levels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
[parties.seller]
label = "Seller"
reserve = 0
[[parties.seller.terms]]
name = "price"
issue = "price"
form = "linear"
[[parties.seller.tactics]]
name = "scripted"
script = "seller.csv"
[parties.buyer]
label = "Buyer"
reserve = 3
[[parties.buyer.terms]]
name = "what_is_left"
issue = "price"
form = "linear"
offset = 10
weight = -1
times = ["@hunger"]
[[parties.buyer.tactics]]
name = "hardliner"
share = 0
"""
VALUE = """
[values.{}]
value = {}
range = {}
unit = "none"
kind = "assumed"
source = "invented"
note = "Invented."
{}
"""


def stall(folder, *values, script="offer,6\n" * 3, text=STALL):
    """Write a market with some values and return its folder."""
    folder.mkdir(exist_ok=True)
    text += "".join(VALUE.format(*value, *[""] * (4 - len(value))) for value in values)
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    (folder / "seller.csv").write_text(f"action,price\n{script}", encoding="utf-8")
    return folder


class TestThreshold:
    """The seller asks 6 of 10 and no less; the buyer gains 4 · hunger by it and is worth 3 without: it takes 3/4."""

    def test_a_deal_that_hunger_makes_is_lost_below_three_quarters(self, tmp_path):
        found = flip(stall(tmp_path, ("hunger", 1, [0.5, 2])))
        (hunger,) = found.moved
        assert found.flips == [hunger]
        assert (hunger.start, hunger.drawn, hunger.same_start) == (1.0, False, True)
        assert [end.ending for end in (hunger.at_low, hunger.at_start, hunger.at_high)] == ["no_deal", "deal", "deal"]
        assert [end.level for end in (hunger.at_low, hunger.at_start, hunger.at_high)] == [None, 6.0, 6.0]
        assert hunger.spread == 0.0
        assert found.movers == []
        (crossing,) = hunger.crossings
        assert (crossing.side, crossing.ending) == ("below", "no_deal")
        inside, beyond = crossing.within
        assert beyond < 0.75 <= inside
        assert inside - beyond <= 0.001 * 1.5
        assert crossing.threshold == pytest.approx(0.75, abs=0.001 * 1.5)
        assert hunger.nearest == pytest.approx(0.25 / 1.5, abs=0.001)

    def test_no_deal_turns_into_one_above(self, tmp_path):
        found = flip(stall(tmp_path, ("hunger", 0.6, [0.5, 2])))
        (crossing,) = found.moved[0].crossings
        assert found.base.ending == "no_deal"
        assert (crossing.side, crossing.ending) == ("above", "deal")
        assert crossing.threshold == pytest.approx(0.75, abs=0.001 * 1.5)

    def test_a_range_on_one_side_of_the_threshold_flips_nothing(self, tmp_path):
        found = flip(stall(tmp_path, ("hunger", 1, [0.8, 2])))
        assert found.flips == []
        assert "No single value, moved to an end of its range, turns a deal into anything else." in list(flipped(found))


def test_the_level_moves_with_what_the_buyer_insists_on(tmp_path):
    """The buyer, worth 3 without a deal and at best 10 · hunger with one, insists on half of that gain in its second bid.

    hunger · (10 - price) >= 3 + (10 · hunger - 3) / 2 means price <= 5 - 1.5 / hunger: 2 at 0.5, 3 at 1 and 4 at 2. The seller
    lets the opening demand pass and takes the second bid.
    """
    text = STALL.replace('["seller", "buyer"]', '["buyer", "seller"]').replace("share = 0", "share = 0.5")
    found = flip(stall(tmp_path, ("hunger", 1, [0.5, 2]), script="pass,\naccept,\n", text=text))
    (hunger,) = found.movers
    assert [end.level for end in (hunger.at_low, hunger.at_start, hunger.at_high)] == [2.0, 3.0, 4.0]
    assert hunger.spread == 2.0
    assert found.flips == []


def test_only_what_has_a_range_and_is_free_is_moved(tmp_path):
    folder = stall(
        tmp_path,
        ("hunger", 1, [0.5, 2]),
        ("asleep", 1, [0, 2], 'inert = "Nothing uses it."'),
        ("one", 0.5, [0, 1]),
        ("other", 0.5, [0, 1]),
        text=STALL.replace('name = "hardliner"\nshare = 0', 'name = "hardliner"\nshare = 0\nprobability = "@one"')
        + '[[parties.buyer.tactics]]\nname = "linear"\nprobability = "@other"\n'
        + '[groups.both]\nlabel = "B"\nmembers = ["seller"]\nweights = {seller = "@asleep"}\n',
    )
    found = flip(folder)
    assert [m.value for m in found.moved] == ["hunger"]
    assert list(found.skipped) == ["one", "other"]
    assert all("add up to" in why for why in found.skipped.values())
    assert [m.value for m in flip(folder, settings={"values.hunger": 1.5}).moved] == []


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("hungr", {}, r"no value 'hungr' \(did you mean 'hunger'\?\)"),
        ("hunger", {"values.hunger": 1}, "is fixed by an override or a setting"),
    ],
)
def test_a_value_that_cannot_be_moved_is_named(tmp_path, name, settings, message):
    with pytest.raises(NegosimError, match=message):
        flip(stall(tmp_path, ("hunger", 1, [0.5, 2])), settings=settings, values=[name])


def test_an_issue_that_is_not_on_the_table_is_named(tmp_path):
    with pytest.raises(NegosimError, match=r"the issue 'pric' does not exist \(did you mean 'price'\?\)"):
        flip(stall(tmp_path, ("hunger", 1, [0.5, 2])), issue="pric")


def test_a_run_that_fails_does_not_take_the_others_with_it(monkeypatch):
    true = ended_module.negotiate

    def negotiate(scenario, seed):
        if scenario.document.values["horizon"].pinned:
            raise ZeroDivisionError("as if")
        return true(scenario, seed)

    monkeypatch.setattr(ended_module, "negotiate", negotiate)
    found = flip(HARBOUR, values=["horizon", "wool_demand"])
    assert found.broken == {"horizon": "ZeroDivisionError: as if"}
    assert [m.value for m in found.moved] == ["wool_demand"]
    assert "FAILED, horizon: ZeroDivisionError: as if" in list(flipped(found))


def test_private_weights_start_from_what_the_run_drew():
    found = flip("two_neighbours", "hidden_weight", seed=4)
    (weight,) = found.moved
    told = found.record.outcome["drawn"]["coastalia"]["weights"]["fishing_weight"]
    assert weight.start == pytest.approx(told, abs=1e-3)  # weights live on a fine grid
    assert weight.start != 3.0
    assert (weight.drawn, weight.same_start) == (True, True)


@pytest.fixture(scope="module")
def harbour():
    """Flip the small scenario that has everything."""
    return flip(HARBOUR, seed=3)


def test_every_candidate_is_accounted_for(harbour):
    expected = candidates(load_scenario(HARBOUR))
    assert sorted([*(m.value for m in harbour.moved), *harbour.skipped]) == sorted(expected)
    assert len(harbour.moved) > 5


def test_a_problem_that_is_used_again_changes_nothing(harbour, monkeypatch):
    monkeypatch.setattr(replay_module, "same_talks", lambda one, other: False)
    assert flip(HARBOUR, seed=3).moved == harbour.moved


def test_processes_change_nothing(harbour, monkeypatch):
    monkeypatch.setattr(flip_module, "WORTH_PROCESSES", 0.0)
    heard = []
    found = flip(HARBOUR, seed=3, workers=2, tell=lambda *progress: heard.append(progress))
    assert (found.moved, found.skipped) == (harbour.moved, harbour.skipped)
    total = len(harbour.moved) + len(harbour.skipped)
    assert heard[:total] == [("values moved", k + 1, total) for k in range(total)]


def test_the_first_play_at_the_start_is_the_run_itself(harbour):
    fixed = [m for m in harbour.moved if not m.drawn]
    assert fixed
    assert all(m.same_start and m.at_start == harbour.base for m in fixed)


def test_the_table_has_a_row_a_value_and_is_saved_beside_the_run(harbour, tmp_path):
    folder = harbour.save(tmp_path / "run")
    table = (folder / "flip.csv").read_text(encoding="utf-8").splitlines()
    assert table[0] == ",".join(COLUMNS)
    assert len(table) == 1 + len(harbour.moved) + len(harbour.skipped)
    assert (folder / "outcome.json").is_file()
    assert harbour.save(folder) == folder


def test_the_data_repeats_the_outcome(harbour):
    data = flip_data(harbour)
    assert {k: v for k, v in data.items() if k != "flip"} == harbour.record.outcome
    assert [m["value"] for m in data["flip"]["moved"]] == [m.value for m in harbour.moved]


class TestSameTalks:
    """When efficient packages may be used again."""

    base = load_scenario(HARBOUR).problem

    def problem(self, **settings):
        return load_scenario(HARBOUR, settings={key.replace("__", "."): v for key, v in settings.items()}).problem

    def test_a_value_of_behaviour_leaves_the_problem(self):
        assert same_talks(self.problem(values__second_phase_start=0.5), self.base)

    def test_a_value_of_a_market_does_not(self):
        assert not same_talks(self.problem(values__wool_demand=2.5), self.base)

    def test_neither_do_levels_situations_and_boxes(self):
        assert not same_talks(self.problem(issues__quota__levels=[0, 60]), self.base)
        assert not same_talks(self.problem(deadline__no_deal={"customs": 30}), self.base)
        for name in self.base.seats:
            party = self.base.parties[name]
            if party.weights:
                wider = replace(party, upper=tuple(u + 1.0 for u in party.upper))
                assert not same_talks(replace(self.base, parties={**self.base.parties, name: wider}), self.base)

    def test_the_central_weight_of_a_seat_does_not_count_but_of_others_it_does(self):
        for name, party in self.base.parties.items():
            moved = replace(party, default=tuple(d + 0.125 for d in party.default))
            other = replace(self.base, parties={**self.base.parties, name: moved})
            assert same_talks(other, self.base) == (name in self.base.seats or not party.weights)


def test_a_replay_travels_without_what_was_worked_out():
    replay = Replay(HARBOUR, (), {}, 3, "customs")
    assert replay.scenario.name == "harbour"
    assert set(replay.__getstate__()) == {"folder", "overrides", "settings", "seed", "issue"}

"""One round after another: clock, letter, closing answer, scripts, and what the model refuses."""

from __future__ import annotations

import gc
import shutil
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest

import negosim
from negosim.core.protocol import Accept, Offer, Pass
from negosim.core.timevalue import reserve_flow
from negosim.errors import NegosimError
from negosim.scenario.load import load_scenario
from negosim.scenario.timetable import MOVED
from negosim.sim import record
from negosim.sim.model import NegotiationModel, release
from negosim.sim.negotiator import Negotiator

CONFIGS = Path(negosim.__file__).parent / "configs"


@pytest.fixture(scope="module")
def base():
    """Load the shipped scenario and work out its packages once."""
    scenario = load_scenario("us_japan_2025")
    assert len(scenario.problem.menu) > 0
    return scenario


def behaving(base, overrides=(), settings=None):
    """Return the scenario with another behaviour; its packages are those of `base`."""
    scenario = load_scenario("us_japan_2025", overrides, settings)
    vars(scenario)["problem"] = base.problem
    return scenario


def play(scenario, rng=0, **given):
    model = NegotiationModel(scenario, rng=rng, **given)
    while model.running:
        model.step()
    return model


def only(tactic, sides=("us", "japan")):
    """Return settings under which these sides are sure to play one tactic."""
    tactics = ("boulware", "linear", "hardliner", "tit_for_tat", "micro")
    return {f"values.{name}_chance_{side}": float(name == tactic) for name in tactics for side in sides}


STUBBORN = {**only("hardliner"), "values.hardliner_share_us": 0.9, "values.hardliner_share_japan": 0.9}
"""Neither side gives way, so that the talks last to the end."""
NO_LINES = {"values.line_strength_us": 0.0, "values.line_strength_japan": 0.0}


def small(folder, rounds=2, exchanges=2, listed=None):
    """Write a scenario in which `a` and `b` share ten coins and no deal is worth one to each; a list makes `a` play it."""
    folder.mkdir(exist_ok=True)
    text = f'title = "coins"\nseats = ["a", "b"]\n[calendar]\nrounds = {rounds}\nexchanges_per_round = {exchanges}\n'
    text += '[issues.coins]\nlabel = "coins of the first"\nunit = "units"\nlevels = {from = 0, to = 10, step = 1}\n'
    for seat in ("a", "b"):
        table = [float(coins if seat == "a" else 10 - coins) for coins in range(11)]
        text += f'[parties.{seat}]\nlabel = "{seat}"\nreserve = 1.0\n'
        text += f'[[parties.{seat}.terms]]\nname = "coins"\nissue = "coins"\nform = "table"\ntable = {table}\n'
    if listed is not None:
        text += '[[parties.a.tactics]]\nname = "scripted"\nscript = "list.csv"\n'
        rows = [f"offer,{move}" if isinstance(move, int) else f"{move}," for move in listed]
        (folder / "list.csv").write_text("\n".join(["action,coins", *rows, ""]))
    (folder / "scenario.toml").write_text(text)
    return folder


# ---- what goes in ----


def test_a_numpy_integer_is_a_seed():
    model = play("two_neighbours", rng=np.int64(3))
    assert model.streams.seed == 3
    assert type(record.outcome_of(model)["seed"]) is int


@pytest.mark.parametrize("seed", [-1, 0.5, "1", True])
def test_another_seed_is_the_users_mistake(seed):
    with pytest.raises(NegosimError, match="seed"):
        NegotiationModel("two_neighbours", rng=seed)


def test_overrides_of_a_loaded_scenario_are_not_dropped_in_silence():
    scenario = load_scenario("two_neighbours")
    with pytest.raises(NegosimError, match="loaded"):
        NegotiationModel(scenario, overrides="hard_coastalia")
    with pytest.raises(NegosimError, match="loaded"):
        NegotiationModel(scenario, settings={"calendar.rounds": 2})


def test_settings_may_be_lists_and_keep_their_order():
    hard = {"parties.coastalia.tactics": [{"name": "hardliner", "share": 0.9}]}
    model = play("two_neighbours", settings=hard)
    assert model.negotiators[1].tactic == "hardliner"
    again = NegotiationModel("two_neighbours", settings=hard)
    assert again.scenario_spec is model.scenario_spec
    later = {"calendar.exchanges_per_round": 4, "calendar.rounds": 5}
    applied = NegotiationModel("two_neighbours", settings=later).scenario_spec.applied
    assert applied == ("calendar.exchanges_per_round=4", "calendar.rounds=5")


def test_a_changed_file_is_read_again(tmp_path):
    folder = small(tmp_path / "s")
    assert len(play(folder).timetable.rounds) == 2
    small(folder, rounds=17)
    assert len(play(folder).timetable.rounds) == 17


def test_a_step_after_the_end_changes_nothing():
    model = play("two_neighbours")
    held, rows = model.round, len(model.datacollector.get_model_vars_dataframe())
    for _ in range(3):
        model.step()
    assert (model.round, len(model.datacollector.get_model_vars_dataframe())) == (held, rows)


# ---- the clock ----


def test_concession_runs_on_exchanges_from_nought_to_one(base, monkeypatch):
    seen = []
    move = Negotiator.move

    def remember(self, standing, *, closing=False, chance=1.0):
        seen.append((self.talks.phase, self.talks.tau, self.seat, self.talks.turns_left(self.seat), closing))
        return move(self, standing, closing=closing, chance=chance)

    monkeypatch.setattr(Negotiator, "move", remember)
    model = play(behaving(base, ["certain_extension"], STUBBORN))
    assert not model.agreement
    first, second = ([s for s in seen if s[0] == phase] for phase in (1, 2))
    n, m = len(model.timetable.phase(-1.0, 84.0)) * 2, len(model.timetable.phase(84.0, 107.0)) * 2
    assert [s[1] for s in first] == pytest.approx([k / (n - 1) for k in range(n)] + [1.0])
    assert [s[1] for s in second] == pytest.approx([0.6 + 0.4 * k / (m - 1) for k in range(m)] + [1.0])
    for phase, count in ((first, n), (second, m)):
        assert [s[2] for s in phase[:-1]] == [k % 2 for k in range(count)]
        assert [s[3] for s in phase[:-1] if s[2] == 0] == list(range(count // 2, 0, -1))
        assert [s[4] for s in phase] == [False] * count + [True]
        assert phase[-1][2:4] == (0, 1)  # who did not speak last answers, and that is its last word
    assert model.first_phase_turns(0) == model.first_phase_turns(1) == n // 2


def test_an_odd_number_of_exchanges_gives_the_first_seat_one_turn_more(tmp_path):
    model = NegotiationModel(small(tmp_path / "s", rounds=3, exchanges=1))
    assert [model.first_phase_turns(seat) for seat in (0, 1)] == [2, 1]
    assert [model.turns_left(seat) for seat in (0, 1)] == [2, 1]
    model.step()
    assert [model.turns_left(seat) for seat in (0, 1)] == [1, 1]


def test_what_a_failure_means_changes_with_the_letter(base):
    model = NegotiationModel(behaving(base, ["certain_extension"]), rng=0)
    found = {}
    while model.running and model.phase == 1:
        model.step()
        found[model.day] = (model.letter_known, model.expected_end, model.no_deal_today)
    before = {day: known for day, known in found.items() if day < 82}
    after = {day: known for day, known in found.items() if day >= 82}
    assert before
    assert all(known == (False, (84.0, "no_deal"), "no_deal") for known in before.values())
    assert all(known[:2] == (True, (107.0, MOVED)) and known[2] == MOVED for known in after.values())


def test_without_postponement_a_failure_means_the_same_to_the_end(base):
    model = play(behaving(base, ["no_postponement"]), rng=3)
    assert model.moved_to is None
    assert model.no_deal_today == "no_deal"
    assert model.phase == 1


def test_at_the_deadline_the_reserve_is_no_deal_to_the_last_bit(base):
    model = play(behaving(base, ["no_postponement"], {**STUBBORN, **NO_LINES}), rng=1)
    assert model.day == model.deadline
    for n in model.negotiators:
        assert n.reserve == n.no_deal
    rows = [h for h in model.history if h["party"] == "us_government" and h["day"] < 80]
    assert any(h["reserve"] != h["no_deal"] for h in rows)


def test_before_the_letter_the_reserve_weighs_what_either_answer_would_mean(base):
    sure = {"values.belief_in_extension_us": 0.6, "values.hope_us": 0.5}
    model = NegotiationModel(behaving(base, settings={**NO_LINES, **sure}), rng=1)
    model.step()
    us = model.negotiators[0]
    moves = model.timetable.moves

    def reserve(day, no_deal):
        return reserve_flow(0.0, day, model.timetable.horizon, us.outlook.in_force.as_known(0.0), us.delay, no_deal)

    moved = us.situations[MOVED]
    hoped = moved + 0.5 * (us.best - moved)
    total = sum(move.probability for move in moves)
    later = sum(move.probability / total * reserve(move.day, hoped) for move in moves)
    assert len(moves) == 3
    assert us.reserve == pytest.approx(0.4 * reserve(84.0, us.situations["no_deal"]) + 0.6 * later, rel=1e-12)


def test_the_collected_phase_is_that_of_the_round(base):
    model = play(behaving(base, ["certain_extension"], STUBBORN))
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["phase"].tolist() == [1 if day <= 84 else 2 for day in frame["day"]]
    assert {offer["day"]: offer["phase"] for offer in model.offers} == dict(
        zip(frame["day"], frame["phase"], strict=True)
    )


@pytest.mark.parametrize("hurried", [False, True])
def test_the_second_phase_lowers_the_floor_and_keeps_the_share_drawn(base, hurried):
    # Loans calm a government that is in a hurry; without a home table none are promised.
    given = {**STUBBORN, **NO_LINES, "mechanisms.hurry": hurried, "mechanisms.home_table": False}
    model = play(behaving(base, ["certain_extension"], given), rng=2)
    for n in model.negotiators:
        rows = [h for h in model.history if h["party"] == n.name]
        insisted = [(h["floor"] - h["reserve"]) / (h["best"] - h["reserve"]) for h in rows]
        wanted = [n.floor_share * (0.5 if h["day"] > 84 else 1.0) for h in rows]
        if hurried and n.name == "japan_government":
            # From 22 April, day 6, to 19 June, day 64, hurry takes away up to three tenths of it.
            wanted = [
                share * (1.0 - 0.3 * min(1.0, max(0.0, (h["day"] - 6) / 58)))
                for share, h in zip(wanted, rows, strict=True)
            ]
        assert insisted == pytest.approx(wanted, rel=1e-9)


# ---- the closing answer ----


def test_one_exchange_and_an_answer(tmp_path):
    """Who never had a turn still says yes or no, and what it would take is its floor and not its opening demand."""
    model = play(small(tmp_path / "s", rounds=1, exchanges=1, listed=[8]))
    assert [offer["action"] for offer in model.offers] == ["offer", "accept"]
    assert model.offers[-1]["closing"]
    assert model.deal == {"coins": 8.0}


def test_an_answer_below_the_reserve_is_no(tmp_path):
    model = play(small(tmp_path / "s", rounds=1, exchanges=1, listed=[10]))
    assert [offer["action"] for offer in model.offers] == ["offer", "reject"]
    assert not model.agreement


def test_a_script_that_runs_out_passes_and_leaves_nothing_to_answer(tmp_path):
    model = play(small(tmp_path / "s", rounds=2, exchanges=2, listed=["pass"]))
    assert [offer["action"] for offer in model.offers if offer["by"] == "a"][:2] == ["pass", "pass"]


def test_accepting_nothing_is_named_with_the_turn(tmp_path):
    with pytest.raises(NegosimError, match="script of a accepts at its turn 1"):
        play(small(tmp_path / "s", listed=["accept"]))


def test_a_scripted_yes_at_the_close_is_said_once_and_another_move_is_kept(tmp_path):
    folder = small(tmp_path / "s", rounds=1, exchanges=2, listed=[7, 4, "accept"])
    model = NegotiationModel(folder, rng=0)
    seat = model.negotiators[0]
    standing = model.problem.components([4])[0]
    assert seat.move(None) == Offer(7)
    assert seat.move(standing, closing=True) == Offer(4)  # read as a no
    assert seat.move(standing) == Offer(4)
    assert seat.move(standing, closing=True) == Accept()
    assert seat.move(None) == Pass()


def test_a_script_may_table_what_nobody_would_list(base, tmp_path):
    """A package off the efficient set is valued, recorded and answered like any other."""
    folder = tmp_path / "two"
    shutil.copytree(CONFIGS / "two_neighbours", folder)
    (folder / "uplandia.csv").write_text("action,toll,fishing_quota,inspection\noffer,10,20,at the border\n")
    model = NegotiationModel(folder, overrides="scripted", rng=0)
    assert 14 not in model.problem.menu.codes
    model.step()
    assert model.offers[0]["code"] == 14
    assert model.offers[0]["flows"] == [5.0, 9.0]


def test_with_several_seats_all_the_missing_answers_are_asked(base, monkeypatch):
    scenario = load_scenario("us_japan_2025", ["four_at_the_table"], {"calendar.exchanges_per_round": 1})
    refusing: list[int | None] = [None]
    problem = scenario.problem
    code = int(np.delete(problem.menu.codes, problem.voted)[0])  # a vote could undo what all have accepted

    def move(self, standing, *, closing=False, chance=1.0):
        if not closing:
            return Offer(code)
        assert self.talks.tau == 1.0
        return Pass() if self.seat in refusing else Accept()

    monkeypatch.setattr(Negotiator, "move", move)
    monkeypatch.setattr(NegotiationModel, "_letter", lambda self: None)
    for refusing[0] in (None, 0, 1, 2, 3):
        model = play(scenario)
        proposer = (len(model.timetable.phase(-1.0, 84.0)) - 1) % 4
        asked = [offer for offer in model.offers if offer["closing"]]
        order = [(proposer + k) % 4 for k in (1, 2, 3)]
        assert [offer["by"] for offer in asked] == [scenario.problem.seats[seat] for seat in order]
        said_no = [seat for seat, offer in zip(order, asked, strict=True) if offer["action"] == "reject"]
        assert said_no == [seat for seat in order if seat == refusing[0]]
        assert model.agreement == (not said_no)
        assert all(offer["code"] == code for offer in asked)


def test_closing_answers_only_add_deals(base, monkeypatch):
    # Both give way in the last exchange, know each other, and have no second phase.
    late = {**only("boulware"), "mechanisms.hurry": False}
    for side in ("us", "japan"):
        late |= {
            f"values.boulware_beta_{side}": 0.15,
            f"values.floor_share_{side}": 0.4,
            f"values.prior_mix_{side}": 0.0,
        }
    scenario = behaving(base, ["no_postponement"], late)
    with_answer = {seed for seed in range(20) if record.negotiate(scenario, seed).agreement}
    monkeypatch.setattr(NegotiationModel, "_closing_answer", lambda self: None)
    without = {seed for seed in range(20) if record.negotiate(scenario, seed).agreement}
    assert without < with_answer


# ---- events ----


def test_an_election_softens_only_its_own_line(base):
    model = NegotiationModel(base, rng=0)
    factors = {}
    for day in (84.0, 94.0, 95.0, 107.0):
        model._turn_to(day)
        factors[day] = tuple(model.line_factor(seat) for seat in base.problem.seats)
    assert factors == {84.0: (1.0, 1.0), 94.0: (1.0, 1.0), 95.0: (1.0, 0.5), 107.0: (1.0, 0.5)}


def test_dates_are_those_of_the_calendar(base):
    model = play(base, rng=0)
    calendar = base.document.calendar.rounds
    frame = model.datacollector.get_model_vars_dataframe()
    allowed = {*calendar, base.document.deadline.date, *(m.to for m in base.document.deadline.moves)}
    assert set(frame["date"]) <= allowed
    assert frame["date"].tolist() == sorted(frame["date"])


# ---- who watches ----


def test_a_stakeholder_judges_what_lies_on_the_table(base):
    model = NegotiationModel(base, rng=5)
    assert {s.stance for s in model.stakeholders} == {"waits"}
    model.step()
    packages = [model.problem.components([offer["code"]])[0] for offer in model.offers if offer["action"] == "offer"]
    for s in model.stakeholders:
        gains = [float(s.party.flows(package)) - s.no_deal for package in packages]
        mean = sum(gains) / len(gains)
        assert s.gain_on_table == pytest.approx(mean, rel=1e-12, abs=1e-12)
        wanted = "supports" if mean > s.tolerance else "opposes" if mean < -s.tolerance else "indifferent"
        assert s.stance == wanted
    assert {"supports"} <= {s.stance for s in model.stakeholders}


def test_gains_are_flows_of_the_deal_over_no_deal(base):
    model = next(m for m in (play(base, rng=seed) for seed in range(20)) if m.agreement)
    for p in model.participants:
        assert model.participants[p.place] is p
        expected = float(p.party.flows(model.deal_components, p.weights) - p.party.flows(
            model.problem.references[model.no_deal_today], p.weights))  # fmt: skip
        assert model.gains[p.name] == expected


# ---- memory ----


def gone(reference):
    gc.collect()
    return reference() is None


def test_a_model_that_is_dropped_is_freed():
    model = NegotiationModel("two_neighbours", rng=0)
    reference = weakref.ref(model)
    model.step()
    del model
    assert gone(reference)


def test_release_frees_a_model_that_mesa_keeps():
    class Kept(mesa.Model):
        """Any model of Mesa's."""

    model = Kept(rng=0)
    mesa.Agent(model)
    reference = weakref.ref(model)
    keeps = hasattr(mesa.Agent, "_ids")
    if keeps:
        assert model in mesa.Agent._ids
    release(model)
    del model
    assert gone(reference)


def test_a_run_that_fails_is_freed(monkeypatch):
    made = []

    def fail(self):
        made.append(weakref.ref(self))
        raise RuntimeError("halfway")

    monkeypatch.setattr(NegotiationModel, "step", fail)
    with pytest.raises(RuntimeError, match="halfway"):
        record.negotiate(load_scenario("two_neighbours"), 0)
    assert len(made) == 1
    assert gone(made[0])


def test_a_model_that_fails_while_it_is_made_is_freed(monkeypatch):
    made = []

    def fail(self, others):
        made.append(weakref.ref(self.talks))
        raise RuntimeError("no belief")

    monkeypatch.setattr(Negotiator, "meet", fail)
    with pytest.raises(RuntimeError, match="no belief"):
        NegotiationModel("two_neighbours", rng=0)
    assert len(made) == 1
    assert gone(made[0])

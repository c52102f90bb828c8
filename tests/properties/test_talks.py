"""Laws that all talks obey: reserves and floors, bids, units of money, the calendar, and what a stakeholder leaves alone."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import negosim
from negosim.core.problem import ProblemError
from negosim.core.protocol import Accept, Offer
from negosim.core.timevalue import with_line
from negosim.scenario.load import load_scenario
from negosim.sim import agents, record
from negosim.sim.agents import Negotiator
from negosim.sim.model import NegotiationModel
from negosim.sim.streams import Streams

CONFIGS = Path(negosim.__file__).parent / "configs"
TACTICS = {
    "boulware": "beta = 0.3",
    "linear": "",
    "conceder": "beta = 2.0",
    "hardliner": "share = 0.6",
    "tit_for_tat": "",
    "micro": "",
}
TIME_TACTICS = ("boulware", "linear", "conceder")
RULES = ("ac_next", "ac_const", "ac_time", "ac_combi")


def toml(seats, issues, rounds=5, exchanges=2):
    """Write a scenario of value tables; `seats` maps a name to weights, tables, reserve and lines of behaviour."""
    text = f'title = "t"\nseats = {list(seats)}\n[calendar]\nrounds = {rounds}\nexchanges_per_round = {exchanges}\n'
    for name, n in issues.items():
        text += f'[issues.{name}]\nlabel = "{name}"\nlevels = {list(range(n))}\n'
    text += '[sources.s]\ntitle = "t"\nkind = "judgement"\n'
    for seat, spec in seats.items():
        low, high = spec["box"]
        private = [f"{seat}_w"] if low < high else []
        text += f'[parties.{seat}]\nlabel = "{seat}"\nreserve = {spec["reserve"]!r}\nprivate = {private}\n'
        text += spec["behaviour"].replace("SEAT", f"parties.{seat}")
        for k, (name, table) in enumerate(spec["tables"].items()):
            weight = f'weight = "@{seat}_w"\n' if k == 0 else ""
            text += f'[[parties.{seat}.terms]]\nname = "{name}"\nissue = "{name}"\nform = "table"\n{weight}table = {table}\n'
        text += f"[values.{seat}_w]\nvalue = {low!r}\nrange = [{low!r}, {high!r}]\n"
        text += 'unit = "factor"\nkind = "assumed"\nsource = "s"\nnote = "n"\n'
    return text


@contextmanager
def scenario_of(text):
    """Load a scenario from its text."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scenario.toml").write_text(text)
        yield load_scenario(folder)


quarters = st.integers(0, 40).map(lambda k: k / 4.0)


@st.composite
def talks(
    draw, names=("a", "b"), tactics=tuple(TACTICS), beliefs=("known", "prior", "bayesian", "frequency"), lines=True
):
    """Draw the seats and issues of a small scenario."""
    issues = {name: draw(st.integers(2, 5)) for name in ("x", "y", "z")[: draw(st.integers(2, 3))]}
    seats = {}
    for seat in names:
        tables = {name: draw(st.lists(quarters, min_size=n, max_size=n)) for name, n in issues.items()}
        low = draw(st.sampled_from([0.5, 1.0, 2.0]))
        tactic = draw(st.sampled_from(tactics))
        behaviour = f'[[SEAT.tactics]]\nname = "{tactic}"\n{TACTICS[tactic]}\n'
        behaviour += f'[SEAT.acceptance]\nname = "{draw(st.sampled_from(RULES))}"\n'
        behaviour += f'[SEAT.belief]\nname = "{draw(st.sampled_from(beliefs))}"\n'
        behaviour += f"[SEAT.floor]\nshare = {draw(st.sampled_from([0.0, 0.25, 0.6]))}\n"
        if lines:
            strength = draw(st.sampled_from([0.0, 0.5, 1.0]))
            behaviour += f"[SEAT.line]\nstrength = {strength}\nshare = 0.5\n"
        seats[seat] = {
            "tables": tables,
            "box": (low, low + draw(st.sampled_from([0.0, 0.5, 2.0]))),
            "reserve": draw(st.integers(-8, 60)) / 4.0,
            "behaviour": behaviour,
        }
    return {"seats": seats, "issues": issues, "rounds": draw(st.integers(1, 6)), "exchanges": draw(st.integers(1, 3))}


def moves_of(model):
    return [(o["day"], o["by"], o["action"], o["closing"], o["code"]) for o in model.offers]


@contextmanager
def watching(look):
    """Call `look(negotiator, standing, move, closing)` after every move."""
    original = Negotiator.move

    def move(self, standing, *, closing=False):
        made = original(self, standing, closing=closing)
        look(self, standing, made, closing)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Negotiator, "move", move)
        yield


def check_bounds(n, standing, move, closing):
    """Aspiration, floor, reserve in this order, and nothing below the reserve is tabled or accepted."""
    assert n.best >= n.floor >= n.reserve
    if not closing:
        assert n.aspiration >= n.floor
    if isinstance(move, Accept):
        assert n.flow(standing) >= n.reserve
    if isinstance(move, Offer) and not closing:
        assert n.flow(n.talks.problem.components([move.code])[0]) >= n.aspiration >= n.reserve


def check_bid(n, standing, move, closing):
    """Of the packages worth the aspiration, the one that gives the other most; then most to itself; then the first."""
    if closing or isinstance(move, Accept):
        return
    problem = n.talks.problem
    (other,) = n.beliefs
    theirs = n.beliefs[other].estimate(problem.menu_components[n.talks.negotiators[other].name], problem.menu_levels)
    mine = n.party.flows(problem.menu.components, n.weights)
    reached = [k for k in range(len(mine)) if mine[k] >= n.aspiration]
    expected = max(reached, key=lambda k: (theirs[k], mine[k], -k), default=None)
    assert (move.code if isinstance(move, Offer) else None) == (
        None if expected is None else int(problem.menu.codes[expected])
    )


def check_efficient(n, standing, move, closing):
    """Of all packages, none is as good for every seat and better for one."""
    if closing or not isinstance(move, Offer):
        return
    problem = n.talks.problem
    everything = problem.components(np.arange(problem.space.size))
    flows = np.stack([p.party.flows(everything, p.weights) for p in n.talks.negotiators], axis=1)
    tabled = flows[move.code]
    assert not np.any(np.all(flows >= tabled, axis=1) & np.any(flows > tabled, axis=1))


@settings(max_examples=60)
@given(talks(), st.integers(0, 50))
def test_no_move_goes_below_floor_or_reserve_and_every_bid_is_the_best_on_the_menu(spec, seed):
    def look(*moved):
        check_bounds(*moved)
        check_bid(*moved)

    with scenario_of(toml(**spec)) as scenario, watching(look):
        record.negotiate(scenario, seed)


@settings(max_examples=25)
@given(talks(names=("a", "b", "c")), st.integers(0, 50))
def test_three_seats_keep_to_floor_and_reserve_as_well(spec, seed):
    with scenario_of(toml(**spec)) as scenario, watching(check_bounds):
        model = record.negotiate(scenario, seed)
        yes = {o["by"] for o in model.offers[-2:] if o["action"] == "accept"}
        assert len(yes) == 2 or not model.agreement


@settings(max_examples=40)
@given(talks(beliefs=("known",)), st.integers(0, 50))
def test_who_knows_the_other_tables_nothing_that_both_could_improve(spec, seed):
    with scenario_of(toml(**spec)) as scenario, watching(check_efficient):
        record.negotiate(scenario, seed)


@settings(max_examples=40)
@given(talks(tactics=TIME_TACTICS, beliefs=("known", "prior"), lines=False), st.integers(0, 50))
def test_time_tactics_fall_to_the_floor_at_the_end(spec, seed):
    asked = {}

    def look(n, standing, move, closing):
        if not closing:
            asked.setdefault(n.name, []).append((n.talks.tau, n.aspiration, n.floor, n.best))

    with scenario_of(toml(**spec)) as scenario, watching(look):
        record.negotiate(scenario, seed)
    for turns in asked.values():
        assert len({turn[2:] for turn in turns}) == 1  # nothing but time moves: floor and best stand still
        after_opening = [turn[1] for turn in turns[1:]]
        assert after_opening == sorted(after_opening, reverse=True)
        for tau, aspiration, floor, _ in turns[1:]:
            assert (aspiration == floor) == (tau == 1.0) or turns[0][3] == floor


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0, 5))
def test_a_line_only_lifts_the_reserve(reserve, line, strength):
    lifted = with_line(reserve, line, strength)
    assert lifted >= reserve or np.isclose(lifted, reserve, rtol=1e-15, atol=0.0)
    assert with_line(reserve, line, 0.0) == reserve
    assert with_line(reserve, reserve, 0.0) == reserve


@settings(max_examples=40)
@given(talks(), st.integers(0, 50), st.sampled_from(["a", "b"]))
def test_the_unit_and_the_zero_of_a_partys_money_do_not_matter(spec, seed, seat):
    with scenario_of(toml(**spec)) as scenario:
        plain = moves_of(record.negotiate(scenario, seed))
    own = spec["seats"][seat]
    scaled = {
        **own,
        "reserve": 8.0 * own["reserve"],
        "tables": {k: [8.0 * v for v in t] for k, t in own["tables"].items()},
    }
    with scenario_of(toml(**{**spec, "seats": {**spec["seats"], seat: scaled}})) as scenario:
        assert moves_of(record.negotiate(scenario, seed)) == plain
    last = list(own["tables"])[-1]
    lifted = {**own, "reserve": own["reserve"] + 256.0,
              "tables": {**own["tables"], last: [v + 256.0 for v in own["tables"][last]]}}  # fmt: skip
    with scenario_of(toml(**{**spec, "seats": {**spec["seats"], seat: lifted}})) as scenario:
        assert moves_of(record.negotiate(scenario, seed)) == plain


# ---- the shipped scenario, where value runs over time ----

US, JAPAN = "us_government", "japan_government"


@pytest.fixture(scope="module")
def base():
    """Load the shipped scenario and work out its packages once."""
    scenario = load_scenario("us_japan_2025")
    assert len(scenario.problem.menu) > 0
    return scenario


def behaving(base, overrides=(), given=None):
    """Return the scenario with another behaviour; its packages are those of `base`."""
    scenario = load_scenario("us_japan_2025", overrides, given)
    vars(scenario)["problem"] = base.problem
    return scenario


def test_dated_talks_keep_to_floor_and_reserve_and_bid_the_best(base):
    lifted = []

    def lift(reserve, line, strength):
        result = with_line(reserve, line, strength)
        lifted.append(result - reserve)
        return result

    def look(*moved):
        check_bounds(*moved)
        check_bid(*moved)

    with pytest.MonkeyPatch.context() as patch, watching(look):
        patch.setattr(agents, "with_line", lift)
        for seed in range(12):
            record.negotiate(base, seed)
    assert min(lifted) >= 0.0 < max(lifted)


def test_dated_talks_with_a_belief_that_learns_bid_the_best(base):
    learns = {
        f"parties.{seat}.belief": {"name": "frequency", "nu": f"@prior_mix_{side}"}
        for seat, side in ((US, "us"), (JAPAN, "japan"))
    }
    with watching(check_bid):
        for seed in range(3):
            record.negotiate(behaving(base, given=learns), seed)


@pytest.mark.parametrize(
    "overrides", [(), ("letter_certain",), ("no_postponement",)], ids=lambda o: "+".join(o) or "plain"
)
def test_deals_fall_on_the_calendar_and_never_after_the_last_deadline(base, overrides):
    scenario = behaving(base, overrides)
    rounds = set(scenario.document.calendar.rounds)
    deadline = scenario.document.deadline.date
    seen = set()
    for seed in range(80):
        model = record.negotiate(scenario, seed)
        end = model.timetable.date(model.moved_to) if model.moved_to is not None else deadline
        seen.add(end)
        assert model.date in rounds | {end}
        assert model.date <= end
        if not model.agreement:
            assert model.date == end
    assert (seen == {deadline}) == (overrides == ("no_postponement",))
    assert len(seen) == (1 if overrides else 4)


def test_with_nothing_to_stop_it_every_talk_ends_in_a_deal(base):
    given = {}
    for side, seat in (("us", US), ("japan", JAPAN)):
        given |= {f"values.{key}_{side}": 0.0 for key in ("floor_share", "line_strength", "hope", "prior_mix")}
        given |= {f"values.{t}_chance_{side}": 0.0 for t in ("hardliner", "tit_for_tat", "micro")}
        given |= {f"values.boulware_chance_{side}": 0.5, f"values.linear_chance_{side}": 0.5}
        assert seat in base.problem.seats
    scenario = behaving(base, given=given)
    assert all(record.negotiate(scenario, seed).agreement for seed in range(50))


def test_weights_outside_their_box_are_refused(base, monkeypatch):
    monkeypatch.setattr(Streams, "uniforms", lambda self, name, *shape: np.full(shape, 1.5))
    with pytest.raises(ProblemError, match="outside the box"):
        NegotiationModel(base, rng=0)


def test_weights_drawn_lie_in_their_box(base):
    for seed in range(200):
        for n in NegotiationModel(base, rng=seed).negotiators:
            assert all(lo <= w <= hi for lo, w, hi in zip(n.party.lower, n.weights, n.party.upper, strict=True))


WATCHER = """
label = "importers of everything"
unit = "bn_usd_per_year"
[[terms]]
name = "bought"
account = "us_buyers"
form = "FORM"
"""


@pytest.fixture
def with_watcher(tmp_path):
    """Return a function that adds a stakeholder, first in order, whose value has a given form."""

    def load(form):
        folder = tmp_path / "us_japan_2025"
        shutil.copytree(CONFIGS / "us_japan_2025", folder)
        (folder / "parties" / "aaa_importers.toml").write_text(WATCHER.replace("FORM", form))
        return load_scenario(folder)

    return load


def test_one_more_stakeholder_leaves_the_talks_as_they_are(base, with_watcher):
    larger = with_watcher("linear")
    assert min(larger.problem.parties) == "aaa_importers"
    for seed in range(15):
        plain, watched = record.negotiate(base, seed), record.negotiate(larger, seed)
        assert watched.offers == plain.offers
        assert len(watched.stakeholders) == len(plain.stakeholders) + 1
        for one, same in zip(plain.negotiators, watched.negotiators, strict=True):
            assert vars(one)["weights"].tolist() == vars(same)["weights"].tolist()
            assert (one.floor_share, one.tactic_parameters) == (same.floor_share, same.tactic_parameters)
        rows = [row for row in watched.history if row["party"] != "aaa_importers"]
        assert str(rows) == str(plain.history)  # as text, where two numbers that are not known are equal


def test_a_stakeholder_that_ties_issues_together_leaves_the_moves_as_they_are(base, with_watcher):
    """Its value is no sum over the issues, so blocks grow and with them the grid that tables are rounded to."""
    larger = with_watcher("quadratic")
    assert len(larger.problem.blocks) < len(base.problem.blocks)
    for seed in range(15):
        plain, watched = record.negotiate(base, seed), record.negotiate(larger, seed)
        assert moves_of(watched) == moves_of(plain)
        for one, same in zip(plain.offers, watched.offers, strict=True):
            assert one["flows"] is same["flows"] is None or one["flows"] == pytest.approx(same["flows"], rel=1e-9)


def test_without_the_file_of_hindsight_the_talks_are_the_same(base, tmp_path):
    folder = tmp_path / "us_japan_2025"
    shutil.copytree(CONFIGS / "us_japan_2025", folder)
    (folder / "hindsight.toml").unlink()
    blind = load_scenario(folder)
    assert blind.digest == base.digest
    assert [record.negotiate(blind, s).offers for s in range(3)] == [record.negotiate(base, s).offers for s in range(3)]

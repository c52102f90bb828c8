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
from negosim.sim import negotiator, record
from negosim.sim.model import NegotiationModel
from negosim.sim.negotiator import Negotiator
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


def toml(seats, issues, rounds=5, exchanges=2, politics=""):
    """Write a scenario of value tables; `seats` maps a name to weights, tables, reserve and lines of behaviour."""
    text = f'title = "t"\nseats = {list(seats)}\n[calendar]\nrounds = {rounds}\nexchanges_per_round = {exchanges}\n'
    for name, n in issues.items():
        text += f'[issues.{name}]\nlabel = "{name}"\nlevels = {list(range(n))}\nstatus_quo = 0\nno_deal = 0\n'
    text += politics + '[sources.s]\ntitle = "t"\nkind = "judgement"\n'
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


@st.composite
def political_talks(draw, **chosen):
    """Draw talks with red lines and public lines, and with a vote on one or two of the issues."""
    spec = draw(talks(**chosen))
    text = ""
    for seat, holder in spec["seats"].items():
        most = 0.5 * sum(max(table) for table in holder["tables"].values())  # more is refused as out of all proportion
        for k in range(draw(st.integers(0, 2))):
            issue = draw(st.sampled_from(sorted(spec["issues"])))
            side = draw(st.sampled_from(["at_least", "at_most"]))
            least = side == "at_least"
            level = draw(st.integers(int(least), spec["issues"][issue] - 2 + int(least)))
            kind = draw(st.sampled_from(["red_line", "public_line", "public_line"])) if most > 0.0 else "red_line"
            cost = f"cost = {min(most, draw(quarters.filter(bool)))}\n" if kind == "public_line" else ""
            text += f'[parties.{seat}.commitments.c{k}]\nlabel = "c{k}"\nkind = "{kind}"\n{cost}'
            text += f"{side} = {{{issue} = {level}}}\nfrom_start = true\n"
    if draw(st.integers(0, 3)):
        voted = draw(st.lists(st.sampled_from(sorted(spec["issues"])), min_size=1, max_size=2, unique=True))
        text += f'[ratification]\nlabel = "vote"\ngovernment = "a"\nissues = {voted}\nstance = "@stance"\n'
        for issue in draw(st.lists(st.sampled_from(sorted(spec["issues"])), max_size=2, unique=True)):
            text += f'[accounts.on_{issue}]\nlabel = "on {issue}"\nunit = "none"\nsum = {{"issues.{issue}" = 1}}\n'
            text += f'[[ratification.support]]\naccount = "on_{issue}"\nweight = {draw(quarters) - 4.0}\n'
        centre = draw(st.integers(-4, 4)) / 2.0
        text += f"[values.stance]\nvalue = {centre}\nrange = [{centre - 1.0}, {centre + 1.0}]\n"
        text += 'unit = "index"\nkind = "assumed"\nsource = "s"\nnote = "n"\n'
    return {**spec, "politics": text}


def moves_of(model):
    return [(o["day"], o["by"], o["action"], o["closing"], o["code"]) for o in model.offers]


@contextmanager
def watching(look):
    """Call `look(negotiator, standing, move, closing, chance)` after every move."""
    original = Negotiator.move

    def move(self, standing, *, closing=False, chance=1.0):
        made = original(self, standing, closing=closing, chance=chance)
        look(self, standing, made, closing, chance)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Negotiator, "move", move)
        yield


# ---- what packages are worth, worked out anew: components times weights, and no deal where a vote is lost ----


def true_flows(n, components, weights=None):
    """Return flows from components, shape (…, K), at the seat's weights as they stand today, or at others."""
    own = components[..., n.party.columns]
    total = own[..., 0].copy()
    for k, weight in enumerate(n.weights if weights is None else weights):
        total += own[..., 1 + k] * weight
    return total


def chances(model, codes, components):
    """Return the chance of each package to become law, as all expect it."""
    law = model.scenario_spec.document.ratification
    if law is None or model.problem.vote is None:
        return np.ones(len(codes))
    space, issues = model.problem.space, model.scenario_spec.document.issues
    levels = space.decode(codes)
    moved = np.zeros(len(codes), dtype=bool)
    for name in law.issues:
        grid = np.array(space.issues[space.index(name)].levels)
        moved |= grid[levels[:, space.index(name)]] != issues[name].status_quo
    number, timetable = model.scenario_spec.number, model.timetable
    stance = number(law.stance)
    for name, event in model.scenario_spec.document.events.items():
        happens = timetable.event_days[name]
        known = happens if event.announced is None else (event.announced - timetable.start).days
        if known <= model.day and happens <= model.day + number(law.days):
            stance += number(event.support)
    return np.where(moved, 1.0 / (1.0 + np.exp(-(stance + components[:, model.problem.vote.column]))), 1.0)


def worth(n, codes, components, flows=None):
    """Return what a seat expects of packages; given flows stand for its own."""
    flows = true_flows(n, components) if flows is None else flows
    chance = chances(n.talks, codes, components)
    no_deal = float(true_flows(n, n.talks.problem.references[n.talks.no_deal_today]))
    return chance * flows + (1.0 - chance) * no_deal


def believed_worth(n, other):
    """Return what another seat is believed to expect of the packages of the menu: everybody sees what moves its weights."""
    talks, belief = n.talks, n.beliefs[other.seat]
    menu = talks.current.menu
    own = menu.components[:, other.party.columns] * np.array([1.0, *other.factors])
    flows = belief.estimate(own, talks.problem.space.decode(menu.codes))
    nothing = talks.problem.references[talks.no_deal_today]
    chance = chances(talks, menu.codes, menu.components)
    no_deal = true_flows(other, nothing, np.asarray(belief.weights) * other.factors)
    return chance * flows + (1.0 - chance) * float(no_deal)


def check_bounds(n, standing, move, closing, chance):
    """Aspiration, floor, reserve in this order; nothing below the reserve, or across a red line, is tabled or accepted."""
    talks = n.talks
    assert n.best >= n.floor >= n.reserve
    if not closing:
        assert n.aspiration >= n.floor
    if isinstance(move, Accept):
        standing_code = np.array([talks.table.standing])
        assert not crossed(talks, standing_code).any()
        if chance == 1.0:
            assert true_flows(n, standing) >= n.reserve
        assert worth(n, standing_code, standing[np.newaxis])[0] >= n.reserve - slack(n)
    if isinstance(move, Offer):
        code = np.array([move.code])
        assert not crossed(talks, code).any()
        if not closing and not opens(n):
            assert worth(n, code, talks.current.components(code))[0] >= n.aspiration - slack(n)
            assert n.aspiration >= n.reserve


def crossed(talks, codes):
    """Return which packages cross a red line, by the limits in the scenario and in the talks' own list of lines."""
    space = talks.problem.space
    levels = space.decode(codes)
    out = np.zeros(len(codes), dtype=bool)
    for entry in talks.lines.log:
        line = entry["line"]
        if entry["to_day"] is None and line.cost == np.inf:
            level = np.array(space.issues[line.issue].levels)[levels[:, line.issue]]
            out |= level > line.level if line.above else level < line.level
    return out


def opens(n):
    """Whether the move just made was its first, which shows what it wants whether or not a vote would pass it."""
    menu = n.talks.current.menu
    return n.turns_taken == 1 and bool((chances(n.talks, menu.codes, menu.components) < 1.0).any())


def slack(n):
    """Return what a chance that is a multiple of 2^-20 may change in a flow."""
    return 2.0**-20 * (1.0 + np.ptp([*n.talks.problem.ranges[n.name], *n.situations.values()]))


def check_bid(n, standing, move, closing, chance):
    """Of the packages worth the aspiration, the one that gives the other most; then most to itself; then the first."""
    talks = n.talks
    assert n.weights.tolist() == n.party.on_grid(n.drawn_weights * n.factors).tolist()
    if closing or isinstance(move, Accept):
        return
    if talks.deadlocked:
        assert not isinstance(move, Offer)
        return
    menu = talks.current.menu
    other = talks.negotiators[next(iter(n.beliefs))]
    theirs, mine = believed_worth(n, other), worth(n, menu.codes, menu.components)
    if opens(n):
        mine = true_flows(n, menu.components)
        reached = mine == mine.max()
        assert isinstance(move, Offer) == (mine.max() >= n.reserve)
        if not isinstance(move, Offer):
            return
    else:
        reached = mine >= n.aspiration
    exact = talks.problem.vote is None and np.all(other.factors == 1.0)
    if exact:
        kept = np.flatnonzero(reached)
        best = kept[np.lexsort((kept, -mine[kept], -theirs[kept]))[:1]]
        assert ([move.code] if isinstance(move, Offer) else []) == menu.codes[best].tolist()
        return
    # A chance is a rounded number: the choice has to be among the best up to what rounding does.
    near, close = slack(n), slack(other)
    if not isinstance(move, Offer):
        assert not (mine > n.aspiration + near).any()
        return
    chosen = int(np.searchsorted(menu.codes, move.code))
    assert menu.codes[chosen] == move.code
    if not opens(n):
        assert mine[chosen] >= n.aspiration - near
        reached = mine >= n.aspiration + near
    assert theirs[chosen] >= theirs[reached].max(initial=-np.inf) - close
    as_good = reached & (theirs >= theirs[chosen] + close)
    assert not as_good.any()


def check_efficient(n, standing, move, closing, chance):
    """Of all packages that cross no red line, none is as good for every seat and better for one.

    What somebody expects less from than from no deal is left out: a small chance to pass speaks for it.
    """
    talks = n.talks
    if closing or not isinstance(move, Offer) or opens(n):
        return
    codes = np.arange(talks.problem.space.size)
    codes = codes[~crossed(talks, codes)]
    everything = talks.current.components(codes)
    nothing = talks.problem.references[talks.no_deal_today]
    flows = np.stack([true_flows(p, everything) for p in talks.negotiators], axis=1)
    no_deal = np.array([float(true_flows(p, nothing)) for p in talks.negotiators])
    chance = chances(talks, codes, everything)
    expected = np.stack([worth(p, codes, everything) for p in talks.negotiators], axis=1)
    tabled = expected[np.searchsorted(codes, move.code)]
    rounding = 0.0 if talks.problem.vote is None else max(slack(p) for p in talks.negotiators)
    better = np.all(expected >= tabled, axis=1) & np.any(expected > tabled + rounding, axis=1)
    assert not np.any(better & ((chance == 1.0) | np.all(flows >= no_deal, axis=1)))


@settings(max_examples=60)
@given(talks(), st.integers(0, 50))
def test_no_move_goes_below_floor_or_reserve_and_every_bid_is_the_best_on_the_menu(spec, seed):
    def look(*moved):
        check_bounds(*moved)
        check_bid(*moved)

    with scenario_of(toml(**spec)) as scenario, watching(look):
        record.negotiate(scenario, seed)


@settings(max_examples=150)
@given(political_talks(), st.integers(0, 50))
def test_under_lines_and_before_a_vote_as_well(spec, seed):
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
@given(political_talks(beliefs=("known",)), st.integers(0, 50))
def test_nor_under_lines_and_before_a_vote(spec, seed):
    with scenario_of(toml(**spec)) as scenario, watching(check_efficient):
        record.negotiate(scenario, seed)


@settings(max_examples=40)
@given(talks(tactics=TIME_TACTICS, beliefs=("known", "prior"), lines=False), st.integers(0, 50))
def test_time_tactics_fall_to_the_floor_at_the_end(spec, seed):
    asked = {}

    def look(n, standing, move, closing, chance):
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
        patch.setattr(negotiator, "with_line", lift)
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
    "overrides", [(), ("certain_extension",), ("no_postponement",)], ids=lambda o: "+".join(o) or "plain"
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

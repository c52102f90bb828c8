"""No dead knobs: every value of the shipped scenario that has a range and is not declared inert changes some result.

A value is moved to the ends of its range, everything else and all chance held fixed, and one of them has to change the
efficient packages, what a party or an account gets out of a package, the moves of some talks, or what happens at home: what is
felt, demanded, promised, voted. A value that speaks only in states that the scenario itself hardly ever reaches has to do so
under an override that leads there; a value of groups, with four seats.
"""

from __future__ import annotations

import numpy as np
import pytest

from negosim.scenario.load import load_scenario
from negosim.scenario.timetable import STATUS_QUO, situations
from negosim.sim import tables
from negosim.sim.record import negotiate

pytestmark = pytest.mark.slow

NAME = "us_japan_2025"
SEEDS = range(40)
SEEDS_WITH_FOUR = range(24)

SUMS = [
    [f"{name}_chance_{side}" for name in ("boulware", "linear", "hardliner", "tit_for_tat", "micro")]
    for side in ("us", "japan")
]
SUMS += [
    [f"automakers_{name}_chance" for name in ("boulware", "linear", "conceder")],
]
"""Probabilities that add up to one: when one moves, the others keep their proportions."""

RARE = {
    "car_duty_for_detroit": "detroit_first",  # the line that only a mobilised Detroit draws
    "cost_of_deserting_detroit": "detroit_first",
    "credence_farmers": "farm_revolt",  # farmers are granted red lines, which need no credence
    "memory_farmers": "farm_revolt",  # what they are granted at once leaves nothing to remember
    "mobilised_farmers": "farm_revolt",
    "pressure_that_holds_the_farms": "farm_revolt",
    "us_rice_that_farmers_bear": "farm_revolt",  # limits of the line that only mobilised farmers force
    "eased_rules_that_farmers_bear": "farm_revolt",
    "vote_stance": "free_vote",  # nothing that needs a vote is signed where a vote has its price
    "election_result": "free_vote",
    "days_to_the_vote": "free_vote",
}
"""Values that speak only where an override leads."""

DEFAULT = load_scenario(NAME).document.values
MOVABLE = sorted(name for name, value in DEFAULT.items() if not value.inert and value.range[0] < value.range[1])


def sure_of_its_tactic(name):
    """Return settings under which both governments play the tactic that a value tunes."""
    if not name.startswith(("tit_for_tat_floor", "seed_concession")):
        return {}
    return {f"values.{chance}": float(chance.startswith("tit_for_tat")) for group in SUMS[:2] for chance in group}


def settings_for(name, end):
    """Return what to set so that one value is at an end of its range and the scenario stays valid."""
    settings = {**sure_of_its_tactic(name), f"values.{name}": end}
    for group in SUMS:
        if name in group:
            partners = [other for other in group if other != name]
            total = sum(DEFAULT[other].value for other in partners)
            settings |= {f"values.{other}": (1.0 - end) * DEFAULT[other].value / total for other in partners}
    return settings


def talks_of(scenario, seed):
    """Return the moves of one negotiation, and what happened at home."""
    model = negotiate(scenario, seed)
    moves = [(o["day"], o["by"], o["action"], o["code"]) for o in model.offers]
    return moves, repr((model.home_moves, model.pressures, model.lines.log, model.vote))


def same_packages(one, other):
    """Tell whether two problems value all packages alike under the same box of weights."""
    return (
        dict(one.parties) == dict(other.parties)
        and len(one.blocks) == len(other.blocks)
        and all(np.array_equal(a.table, b.table) for a, b in zip(one.blocks, other.blocks, strict=True))
        and all(np.array_equal(one.references[name], other.references[name]) for name in one.references)
    )


class Reference:
    """What the scenario gives as it stands, worked out once."""

    def __init__(self, overrides=()):
        self.overrides = overrides
        self.scenario = load_scenario(NAME, overrides)
        self.problem = self.scenario.problem
        self.frontier = self.problem.frontier()
        middle = int(self.frontier.codes[len(self.frontier) // 2])
        self.packages = [self.problem.space.package(code) for code in (0, middle, self.problem.space.size - 1)]
        self.told = self.tell(self.scenario)
        self.talks = {}

    def tell(self, scenario):
        """Return what all parties get out of every package, and reported accounts under no deal and a few packages."""
        levels = situations(scenario)
        shown = {"status_quo": levels[STATUS_QUO], "no_deal": levels["no_deal"]}
        shown |= {f"package {k}": package for k, package in enumerate(self.packages)}
        accounts = tables.accounts(scenario, shown).to_csv()
        farms = "".join(frame.to_csv() for frame in tables.farms(scenario, shown))
        flows = [*(block.table.tolist() for block in scenario.problem.blocks)]
        flows += [components.tolist() for components in scenario.problem.references.values()]
        sizes = {n: scenario.number(p.size) for n, p in scenario.document.parties.items() if p.size is not None}
        return accounts, farms, flows, sizes

    def changed_by(self, name, end, seeds):
        """Return what moving a value to `end` changes first, or None."""
        scenario = load_scenario(NAME, self.overrides, settings_for(name, end))
        frontier = scenario.problem.frontier()
        if frontier.codes.tolist() != self.frontier.codes.tolist():
            return "efficient packages"
        if self.tell(scenario) != self.told:
            return "flows, accounts or sizes"
        plain = load_scenario(NAME, self.overrides, sure_of_its_tactic(name))
        for one in (scenario, plain):
            if same_packages(one.problem, self.problem):
                vars(one)["problem"] = self.problem
        at_home = False
        for seed in seeds:
            key = (plain.applied, seed)
            if key not in self.talks:
                self.talks[key] = talks_of(plain, seed)
            moves, home = talks_of(scenario, seed)
            if moves != self.talks[key][0]:
                return "moves"
            at_home |= home != self.talks[key][1]
        return "what happens at home" if at_home else None


@pytest.fixture(scope="module")
def reference():
    """Return a function that works out the scenario under an override, once."""
    known = {}

    def under(override=""):
        if override not in known:
            known[override] = Reference((override,) if override else ())
        return known[override]

    return under


def found_at_an_end(reference, name, seeds):
    """Return what changes when a value is moved to an end of its range, or None."""
    value = reference.scenario.document.values[name]
    ends = [end for end in value.range if end != value.value]
    return next((found for end in ends if (found := reference.changed_by(name, end, seeds))), None)


OF_GROUPS = [name for name in MOVABLE if name.startswith(("group_", "automakers_", "farmers_"))]


@pytest.mark.parametrize("name", [name for name in MOVABLE if name not in OF_GROUPS])
def test_a_value_changes_some_result(reference, name):
    assert found_at_an_end(reference(RARE.get(name, "")), name, SEEDS)


@pytest.mark.parametrize("name", OF_GROUPS)
def test_a_value_of_groups_changes_the_talks_of_four(reference, name):
    assert found_at_an_end(reference("four_at_the_table"), name, SEEDS_WITH_FOUR)


def test_what_is_declared_inert_says_why_and_nothing_else_is_without_a_range():
    fixed = {name for name, value in DEFAULT.items() if value.range[0] == value.range[1]}
    assert {name for name in fixed if not DEFAULT[name].inert} == set()
    assert len(MOVABLE) > 100
    assert set(RARE) <= set(MOVABLE)

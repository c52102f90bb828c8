"""A mechanism that is switched off is as if the scenario had never had it: the talks are the same to the last bit.

Each case is played twice: with the mechanism switched off, and in a folder from which its tables were deleted. Moves, flows,
lines, home tables and outcomes have to be equal, not close. The blocks of issues of the two are compared as well; as they are
equal to the last bit, both sides of a case choose from packages that are worked out once.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from negosim.scenario.load import load_scenario
from negosim.sim.record import negotiate, outcome_of

ORCHARD = Path(__file__).with_name("orchard")
NAME = "us_japan_2025"
SEEDS = range(24)
FEW = range(6)
ASIDE = {"scenario", "digest", "applied"}
"""What a run says about where it came from."""


# ---- folders from which tables were deleted ----


def written(node):
    """Return a value as TOML writes it on one line."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {written(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(written, node)) + "]"
    if isinstance(node, dt.date):
        return node.isoformat()
    return json.dumps(node, ensure_ascii=False)


def prune(document):
    """Delete overrides and facts, and whatever nothing uses any more: commitments, values, accounts, sources."""
    for section in ("overrides", "facts"):
        document.pop(section, None)
    wanted = {(home["government"], home.get("forces")) for _, home in homes(document)}
    wanted |= {
        (party, key)
        for event in document["events"].values()
        for party, keys in event.get("declares", {}).items()
        for key in keys
    }
    for name, party in document["parties"].items():
        commitments = party.get("commitments", {})
        for key in [k for k, c in commitments.items() if not c.get("from_start") and (name, k) not in wanted]:
            del commitments[key]
    values = document.pop("values", {})
    used = json.dumps(document, default=str)
    private = {name for party in document["parties"].values() for name in party.get("private", ())}
    document["values"] = {name: v for name, v in values.items() if f'"@{name}"' in used or name in private}
    accounts = document.get("accounts", {})
    for name in [name for name, account in accounts.items() if not account.get("report")]:
        if used.count(f'"{name}"') == 1:
            del accounts[name]
    cited = json.dumps({section: document.get(section, {}) for section in ("values", "issues", "events")}, default=str)
    document["sources"] = {name: s for name, s in document["sources"].items() if f'"{name}"' in cited}


def write(document, target, *deletions):
    """Write a document as a scenario folder, without some of its tables, and return the folder."""
    document = copy.deepcopy(document)
    for delete in deletions:
        delete(document)
    prune(document)
    target.mkdir(parents=True)
    lines = [f"{key} = {written(value)}\n" for key, value in document.items()]
    (target / "scenario.toml").write_text("".join(lines), encoding="utf-8")
    return target


def homes(document):
    """Return the groups that press a government, and how."""
    return [(group, group["home"]) for group in document["groups"].values() if "home" in group]


def drop(table, *keys):
    for key in keys:
        table.pop(key, None)


def idle(home):
    return not {"at_least", "at_most", "payment", "raises", "forces"} & home.keys()


def demands(document):
    for group, home in homes(document):
        drop(home, "at_least", "at_most", "payment", "commitment", "cost")
        if idle(home):
            del group["home"]


def pressure(document):
    for _, home in homes(document):
        drop(home, "raises", "boost", "forces", "forces_at")


def home(document):
    for group, _ in homes(document):
        del group["home"]


def forced(document):
    for _, home in homes(document):
        drop(home, "forces", "forces_at")


def declared(document):
    for party in document["parties"].values():
        for commitment in party.get("commitments", {}).values():
            commitment.pop("from_start", None)
    for event in document["events"].values():
        drop(event, "declares", "releases")


def vote(document):
    document.pop("ratification")
    for event in document["events"].values():
        drop(event, "support")


def hurry(document):
    calmed = set()
    for name, party in document["parties"].items():
        if party.pop("hurry", None) is not None:
            calmed.add(name)
    assert calmed
    for _, home in homes(document):
        if home["government"] in calmed:
            drop(home.get("payment", {}), "calms")


def principal(document):
    for party in document["parties"].values():
        drop(party, "principal")


def postponement(document):
    drop(document["deadline"], "moves", "no_deal")


def off(*mechanisms):
    return {f"mechanisms.{name}": False for name in mechanisms}


CASES = {
    "home_table": (off("home_table"), (demands,)),
    "mobilisation": (off("mobilisation"), (pressure,)),
    "home": (off("home_table", "mobilisation"), (home,)),
    "lines": (off("lines"), (declared,)),
    "ratification": (off("ratification"), (vote,)),
    "hurry": (off("hurry"), (hurry,)),
    "principal": (off("principal"), (principal,)),
    "commitments": (off("lines"), (forced, declared)),
    "postponement": (off("principal"), (postponement, principal)),
    "everything": (
        off("home_table", "mobilisation", "lines", "ratification", "hurry", "principal"),
        (home, declared, vote, hurry, principal),
    ),
}
"""For each mechanism: how it is switched off, and what is deleted in the folder that never had it."""

PREPARED = {
    ORCHARD: {
        "principal": {
            "parties.shore.principal.chance": 1.0,
            "parties.shore.floor": {"share": 0.9, "second_phase_factor": 0.0},
            "deadline.moves.0.probability": 1.0,
        }
    },
    NAME: {"principal": {"values.chance_of_reopening": 0.6, "values.chance_of_1_august": 0.5}},
}
"""What both sides of a case start from, where the scenario as it is would give a mechanism nothing to do."""


# ---- playing and comparing ----


def settings_for(mechanism, document):
    """Return the settings that switch a mechanism off in a scenario."""
    settings, _ = CASES[mechanism]
    if mechanism == "commitments":
        groups = document.groups.items()
        return {**settings, **{f"groups.{name}.home.forces": "" for name, g in groups if g.home and g.home.forces}}
    if mechanism == "postponement":
        moves = [(k, move.probability) for k, move in enumerate(document.deadline.moves)]
        given = {f"values.{p[1:]}" if isinstance(p, str) else f"deadline.moves.{k}.probability": 0.0 for k, p in moves}
        return {**settings, **given}
    return settings


def sides(source, mechanism, folder):
    """Return a scenario with a mechanism, the same with it switched off, and the one that never had it."""
    document = load_scenario(source, (), PREPARED[source].get(mechanism, {})).raw.document
    name = Path(source).name
    there = write(document, folder / "there" / name)
    never = write(document, folder / "never" / name, *CASES[mechanism][1])
    plain = load_scenario(there)
    return plain, load_scenario(there, (), settings_for(mechanism, plain.document)), load_scenario(never)


def same_problem(one, other):
    """Tell whether two problems are equal to the last bit."""
    return (
        one.space == other.space
        and one.seats == other.seats
        and dict(one.parties) == dict(other.parties)
        and one.vote == other.vote
        and np.array_equal(one.steps, other.steps)
        and one.references.keys() == other.references.keys()
        and all(np.array_equal(one.references[name], other.references[name]) for name in one.references)
        and len(one.blocks) == len(other.blocks)
        and all(
            a.issues == b.issues and np.array_equal(a.codes, b.codes) and np.array_equal(a.table, b.table)
            for a, b in zip(one.blocks, other.blocks, strict=True)
        )
    )


def told(model, groups):
    """Return all that finished talks leave behind: moves with flows, rounds, lines, home tables of some groups, outcome."""
    outcome = {key: value for key, value in outcome_of(model).items() if key not in ASIDE}
    outcome["pressure"] = {name: p for name, p in outcome["pressure"].items() if name in groups}
    at_home = [move for move in model.home_moves if move["group"] in groups]
    return {
        "offers": model.offers,
        "history": model.history,
        "lines": model.lines.log,
        "home": at_home,
        "outcome": outcome,
    }


def second_thoughts(model):
    """Tell whether a government granted what it had refused to the same demand of a group."""
    answers = {}
    for group in {move["group"] for move in model.home_moves}:
        moves = [move for move in model.home_moves if move["group"] == group]
        for demand, answer in pairwise(moves):
            if demand["action"] == "demand":
                answers.setdefault((group, demand["lines"], demand["amount"]), set()).add(answer["action"])
    return any(len(found) > 1 for found in answers.values())


def differing(switched, deleted, seeds, mechanism=""):
    """Return the seeds whose talks differ to the last bit.

    A group that keeps its demands and loses all that pressure moves still lobbies, and tables a refused demand again when its
    pressure changes. That is kept out of the comparison for mobilisation: the repeated refusals, and talks in which a
    repeated demand is granted.
    """
    groups = {name for name, group in deleted.document.groups.items() if group.home}
    found, compared = [], 0
    for seed in seeds:
        one, other = negotiate(switched, seed), negotiate(deleted, seed)
        both = [told(one, groups), told(other, groups)]
        if mechanism == "mobilisation":
            if second_thoughts(other):
                continue
            for entry in both:
                entry["outcome"]["pressure"] = {}
                entry["home"] = [
                    m for m in entry["home"] if m["action"] in ("commitment", "payment", "lapse", "forced")
                ]
        compared += 1
        if repr(both[0]) != repr(both[1]):
            found.append(seed)
    assert compared > len(seeds) / 2
    return found


@pytest.mark.parametrize("mechanism", CASES)
def test_switched_off_is_never_there(mechanism, tmp_path):
    plain, switched, deleted = sides(ORCHARD, mechanism, tmp_path)
    if mechanism != "postponement":  # there the situations after a move go as well
        assert same_problem(switched.problem, deleted.problem)
    assert differing(switched, deleted, SEEDS, mechanism) == []
    assert differing(switched, plain, SEEDS, mechanism) != []


# ---- the shipped scenario ----


@pytest.fixture(scope="module")
def shipped():
    """Load the shipped scenario; cases with equal blocks share its packages."""
    return load_scenario(NAME)


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", CASES)
def test_the_same_in_the_shipped_scenario(shipped, mechanism, tmp_path):
    _, switched, deleted = sides(NAME, mechanism, tmp_path)
    assert same_problem(switched.problem, deleted.problem) or mechanism == "postponement"
    known = shipped.problem if same_problem(shipped.problem, switched.problem) else switched.problem
    for scenario in (switched, deleted):
        if same_problem(known, scenario.problem):
            vars(scenario)["problem"] = known
    assert differing(switched, deleted, FEW, mechanism) == []


# ---- groups without effect ----

UNMOVED = {
    "who_is_never_frightened": {
        "groups.growers.home.alarm": 1e9,
        "groups.growers.home.raises": {},
        "groups.smiths.home.alarm": 1e9,
    },
    "who_cannot_move_anything": {
        "groups.growers.home.at_most": [],
        "groups.growers.home.raises": {},
        "groups.growers.home.forces": "",
        "groups.growers.home.payment": {"label": "nothing", "unit": "mn_crn_per_year", "amounts": [1e-9]},
        "groups.smiths.home.at_least": [],
    },
    "who_presses_with_a_factor_of_one": {
        "groups.growers.home.at_most": [],
        "groups.growers.home.raises": {"fruit_weight": 0.0},
        "groups.growers.home.boost": 0.0,
        "groups.growers.home.forces": "",
        "groups.smiths.home.at_least": [],
        "mechanisms.home_table": False,
    },
}


@pytest.mark.parametrize("settings", UNMOVED.values(), ids=UNMOVED)
def test_a_group_without_effect_leaves_the_talks_alone(settings, tmp_path):
    there = load_scenario(ORCHARD, (), settings)
    never = load_scenario(write(load_scenario(ORCHARD).raw.document, tmp_path / "orchard", home))
    for seed in SEEDS:
        found = [told(negotiate(scenario, seed), set()) for scenario in (there, never)]
        for entry in found:
            entry["outcome"]["payments"] = {}
        assert repr(found[0]) == repr(found[1])


def test_a_group_that_could_press_but_never_does_changes_no_move(tmp_path):
    """What pressure could do to a weight makes the grid coarser that the weight lies on, so flows may differ a little."""
    there = load_scenario(ORCHARD, (), {"groups.growers.home.alarm": 1e9, "groups.smiths.home.alarm": 1e9})
    never = load_scenario(write(load_scenario(ORCHARD).raw.document, tmp_path / "orchard", home))
    for seed in SEEDS:
        one, other = (negotiate(scenario, seed).offers for scenario in (there, never))
        moves = [[(o["day"], o["by"], o["action"], o["code"]) for o in offers] for offers in (one, other)]
        assert moves[0] == moves[1]
        for a, b in zip(one, other, strict=True):
            assert a["flows"] == pytest.approx(b["flows"], rel=1e-3)

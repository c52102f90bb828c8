"""Politics at home in a world that has nothing to do with the shipped ones: other names, other money, another century.

Two cantons, groups that press both of them, lines that come with events, demands and pressure, a vote, a second phase. Whatever
the program knew of the politics of one pair of countries would show here.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from negosim.cli import app
from negosim.scenario.load import load_scenario
from negosim.sim.record import Record, negotiate, record_of, run

FOLDER = Path(__file__).with_name("marsh_and_moor")
SEEDS = range(30)
FOREIGN = re.compile(
    r"\b(US|U\.S\.|USD|JPY|Japan\w*|Tokyo|Washington|Detroit|yen|usd|America\w*|rice|cars?|farm(?!_)\w*|parliament|houses?)\b"
)


@pytest.fixture(scope="module")
def scenario():
    """Load the scenario once."""
    return load_scenario(FOLDER)


@pytest.fixture(scope="module")
def models(scenario):
    """Play some seeds."""
    return [negotiate(scenario, seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def records(models):
    """Return one record of each ending."""
    return {model.ending: record_of(model) for model in reversed(models)}


def test_talks_end_in_every_way(models, records):
    assert set(records) == {"deal", "rejected", "no_deal"}
    assert {model.phase for model in models} == {1, 2}
    for model in models:
        assert (model.vote is None) == (model.signed is None or not needs_vote(model.signed))
        assert model.agreement == (model.signed is not None and (model.vote is None or model.vote["passed"]))


def needs_vote(package):
    return package["peat"] != 0.0 or package["wool_duty"] != 30.0


def test_both_governments_are_pressed_and_answer(models):
    told = {(m["government"], m["group"], m["action"]) for model in models for m in model.home_moves}
    assert {group for _, group, action in told if action == "demand"} == {"cutters", "weavers", "shepherds"}
    assert {(government, group) for government, group, _ in told} == {
        ("marsh", "cutters"),
        ("marsh", "weavers"),
        ("moor", "shepherds"),
    }
    assert {"commitment", "payment", "refusal", "acceptance", "protest", "lapse"} <= {action for _, _, action in told}


def test_a_deal_that_fails_at_home_brings_nobody_anything(records):
    rejected = records["rejected"]
    assert set(rejected.outcome["gains"].values()) == {0.0}
    assert rejected.outcome["package"] is None
    assert rejected.outcome["signed"] is not None
    assert rejected.outcome["vote"]["needed_for"]
    assert rejected.gains["gain"].fillna(0.0).eq(0.0).all()


def test_nobody_signs_away_what_a_red_line_holds(models):
    for model in models:
        for entry in model.lines.log:
            stood = entry["to_day"] is None or entry["to_day"] > model.day
            if model.signed_code is not None and entry["line"].red and stood:
                assert not model.lines.crosses(entry["line"], model.signed_code)


def test_whether_the_elders_open_their_doors_decides_what_becomes_law():
    wide, shut = (load_scenario(FOLDER, [name]) for name in ("wide_doors", "shut_doors"))
    endings = [[negotiate(scenario, seed).ending for seed in SEEDS] for scenario in (wide, shut)]
    assert "rejected" not in endings[0]
    assert endings[1].count("rejected") > endings[1].count("deal")
    # All count with a central stance, which is high in both; so they sign about as often.
    assert endings[0].count("no_deal") == pytest.approx(endings[1].count("no_deal"), abs=4)


def test_a_group_with_a_seat_presses_nobody():
    seated = load_scenario(FOLDER, ["shepherds_at_the_table"])
    model = negotiate(seated, 0)
    assert [n.name for n in model.negotiators] == ["moor", "marsh", "shepherds"]
    assert {table.name for table in model.home} == {"cutters", "weavers"}


@pytest.mark.parametrize("ending", ["deal", "rejected", "no_deal"])
def test_what_a_run_leaves_reads_back_and_speaks_of_this_scenario_only(records, ending, tmp_path):
    folder = records[ending].save(tmp_path / "run")
    back = Record.read(folder)
    assert back.outcome["ending"] == ending
    assert back.home["action"].tolist() == records[ending].home["action"].tolist()
    for file in [*folder.glob("*.csv"), folder / "outcome.json"]:
        assert FOREIGN.findall(file.read_text(encoding="utf-8")) == [], file.name


@pytest.mark.parametrize("ending", ["deal", "rejected", "no_deal"])
def test_figures_are_drawn(records, ending, tmp_path, monkeypatch):
    from negosim.view import style
    from negosim.view.plots import save_figures

    monkeypatch.setattr(style, "DPI", 40)  # quick, and enough to see that they are drawn
    files = save_figures(records[ending], tmp_path)
    assert {"negotiation_dance.png", "issue_paths.png", "home_table.png"} <= {file.name for file in files}
    assert all(file.stat().st_size > 1000 for file in files)


@pytest.mark.parametrize("command", [["check"], ["check", "--sources"], ["solve"]])
def test_what_is_printed_speaks_of_this_scenario_only(command):
    first, *more = command
    done = CliRunner().invoke(app, [first, str(FOLDER), *more], catch_exceptions=False)
    assert done.exit_code == 0
    assert FOREIGN.findall(done.output.replace(str(FOLDER), "")) == []


def test_the_story_tells_of_the_home_tables_and_the_vote(models):
    rejected = next(model.streams.seed for model in models if model.ending == "rejected")
    done = CliRunner().invoke(app, ["run", str(FOLDER), "--seed", str(rejected)], catch_exceptions=False)
    assert done.exit_code == 0
    text = " ".join(done.output.split())
    assert FOREIGN.findall(text.replace(str(FOLDER), "")) == []
    for told in ("Peat cutters of Marsh", "Shepherds of Moor", "seed oats", "the elders of Marsh"):
        assert told in text


SETTLED = {
    "values.wool_weight": 1.2,
    "values.peat_weight": 1.0,
    "values.elders": 0.4,
    "deadline.moves": [],
    "deadline.no_deal": {},
}
RENAMED = {
    "moor": "zeta", "marsh": "ax", "cutters": "g3", "weavers": "g1", "shepherds": "g2", "north_bank": "p9", "south_bank": "p0",
    "looms": "p5", "flocks": "p1", "peat": "issue_b", "wool_duty": "issue_a", "flags": "issue_d", "dykes": "issue_c",
    "wool": "m2", "turf": "m1", "peat_given": "k3", "peat_income": "k1", "wool_income": "k2", "wool_first": "line_a",
    "ferries_fly_no_foreign_peat": "line_c", "no_more_peat": "line_b", "midsummer_fair": "e2", "choosing_of_elders": "e1",
}  # fmt: skip


def renamed(folder):
    """Write the scenario with other names for everything that has one."""
    shutil.copytree(FOLDER, folder)
    for file in sorted(folder.rglob("*.toml")):
        text = file.read_text(encoding="utf-8")
        for old, new in sorted(RENAMED.items(), key=lambda item: -len(item[0])):
            text = re.sub(rf"(?<![\w']){old}(?![\w'])", new, text)
        file.write_text(text, encoding="utf-8")
        if file.stem in RENAMED:
            file.rename(file.with_stem(RENAMED[file.stem]))
    (folder / "overrides.toml").unlink()
    return folder


def test_other_names_make_no_difference(tmp_path):
    """With all that is drawn by name settled, another set of names plays the same game, at home as well."""

    def settle(put):
        parties = [{"name": "known"}, [{"name": "linear"}]]
        given = {f"parties.{put(seat)}.belief": parties[0] for seat in ("moor", "marsh")}
        given |= {f"parties.{put(seat)}.tactics": parties[1] for seat in ("moor", "marsh")}
        return {**SETTLED, **given, f"parties.{put('marsh')}.line.strength": 0.3}

    one = run(load_scenario(FOLDER, (), settle(str)), seed=4)
    other = run(load_scenario(renamed(tmp_path / "elsewhere"), (), settle(lambda name: RENAMED[name])), seed=4)
    assert other.outcome["ending"] == one.outcome["ending"]
    for table, columns in (("offers", ["round", "action"]), ("home", ["round", "action", "side", "level", "amount"])):
        for column in columns:
            pair = [getattr(record, table)[column].astype(str).tolist() for record in (one, other)]
            assert pair[0] == pair[1], (table, column)
    assert other.pressure["threat"].to_numpy() == pytest.approx(one.pressure["threat"].to_numpy())
    flows = [np.array(list(record.outcome["gains"].values())) for record in (one, other)]
    assert flows[0] == pytest.approx(flows[1], abs=1e-9)
    assert len(one.home) > 0

"""A bargain that has nothing to do with the shipped ones: other names, other money, three seats, words and numbers mixed.

The scenario is invented: a coastal republic, an inland kingdom that counts in another money, and the republic's ports, a group
that has to agree as well. Whatever the program knew of one pair of countries would show here.
"""

from __future__ import annotations

import importlib.util
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from negosim.cli import app
from negosim.scenario.load import load_scenario
from negosim.scenario.solve import SOLUTIONS, solve
from negosim.sim.record import Record, run

ROOT = """
title = "Salt and timber"
question = "Invented: will the republic's ports let a bargain over salt and timber pass?"
invented = true
seats = ["republic", "kingdom", "ports"]
common_money = "mn_tal_per_year"
conversions = [{from = "mn_kro_per_year", to = "mn_tal_per_year", divide_by = "@kro_per_tal"}]

[groups.ports]
label = "Ports of the republic"
members = ["old_port", "new_port"]
weights = {new_port = 2}
behaviour = {tactics = [{name = "conceder"}], floor = {share = 0.1}, belief = {name = "known"}}

[values.kro_per_tal]
value = 8
range = [7, 9]
unit = "kro_per_tal"
kind = "assumed"
source = "made_up"
note = "Invented."

[sources.made_up]
title = "Made up for this test"
kind = "judgement"
"""
UNDATED = """
[calendar]
rounds = 5
exchanges_per_round = 3
"""
DATED = """
[calendar]
start = 1911-02-01
rounds = [1911-02-01, 1911-02-11, 1911-02-21, 1911-03-03, 1911-03-20, 1911-04-01]
exchanges_per_round = 3
horizon_years = 3

[deadline]
date = 1911-03-10
announced = 1911-03-05
moves = [{to = 1911-04-01, probability = 1}]
no_deal = {salt_duty = 60}

[events.thaw]
date = 1911-02-15
label = "the river thaws"
in_force = {sailing_season = "winter"}
line_factor = {kingdom = 0.5}
"""
ISSUES = """
[salt_duty]
label = "Kingdom's duty on salt"
unit = "percent"
levels = {from = 0, to = 60, step = 10}
status_quo = 40
no_deal = 50
conceding = "kingdom"

[timber_fee]
label = "Republic's fee on timber"
unit = "percent"
levels = [0, 5, 12]
status_quo = 12
no_deal = 12
conceding = "republic"

[sailing_season]
label = "When foreign ships may call"
levels = ["summer", "spring to autumn", "winter"]
status_quo = "summer"
no_deal = "summer"
conceding = "republic"
"""
MARKETS = """
[salt]
label = "salt"
kind = "tariff"
money = "mn_tal_per_year"
tariff = "salt_duty"
base_value = 90
base_tariff = 0.4
demand_elasticity = 1.5
supply_elasticity = 2

[timber]
label = "timber"
kind = "import_response"
money = "mn_kro_per_year"
tariff = "timber_fee"
base_value = 400
base_tariff = 0.12
elasticity = 3
"""
ACCOUNTS = """
[salt_at_home]
label = "what salt yields the kingdom"
unit = "mn_kro_per_year"
sum = {"salt.revenue_change" = 1, "salt.buyer_surplus_change" = 0.3}
report = true

[timber_bought]
label = "timber bought"
unit = "mn_tal_per_year"
sum = {"timber.value" = 1}
report = true
"""
PARTIES = {
    "republic": """
label = "The Republic"
role = "government"
unit = "mn_tal_per_year"
tactics = [{name = "linear"}]
terms = [
    {name = "salt_makers", quantity = "salt.exporter_surplus_change", form = "linear"},
    {name = "cheap_timber", account = "timber_bought", form = "linear", weight = 0.2},
    {name = "crowded_quays", issue = "sailing_season", form = "table", table = [0, -1, -3]},
]
""",
    "kingdom": """
label = "The Kingdom"
role = "government"
unit = "mn_kro_per_year"
tactics = [{name = "boulware", beta = 0.4}]
line = {strength = 0.2, share = 0.4}
terms = [
    {name = "salt", account = "salt_at_home", form = "linear"},
    {name = "timber_sales", quantity = "timber.value_change", form = "linear", weight = 0.5},
    {name = "ships", issue = "sailing_season", form = "table", table = {summer = 0, "spring to autumn" = 40, winter = 55}},
]
""",
    "old_port": """
label = "Old port"
unit = "mn_tal_per_year"
size = 20
size_label = "yearly dues"
terms = [{name = "dues", issue = "sailing_season", form = "table", table = [0, 1, -2]}]
""",
    "new_port": """
label = "New port"
unit = "mn_tal_per_year"
terms = [
    {name = "timber_dues", account = "timber_bought", form = "linear", weight = 0.1},
    {name = "dues", issue = "sailing_season", form = "table", table = [0, 0.5, 1.5]},
]
""",
    "boatmen": """
label = "River boatmen"
unit = "mn_kro_per_year"
size = 30
size_label = "yearly earnings"
tolerance = 0.05
terms = [{name = "freight", quantity = "timber.value_change", form = "linear", weight = 0.1}]
""",
}
CALENDARS = {"undated": UNDATED, "dated": DATED}
RENAMED = {
    "republic": "zed", "kingdom": "ab", "ports": "mm", "old_port": "x1", "new_port": "x0", "boatmen": "a_b",
    "salt": "q", "salt_duty": "duty_1", "timber": "p", "timber_fee": "duty_2", "sailing_season": "word_issue",
    "mn_tal_per_year": "bn_abc_per_year", "mn_kro_per_year": "bn_xyz_per_year", "kro_per_tal": "xyz_per_abc",
    "spring to autumn": "b", "summer": "c", "winter": "a", "thaw": "zz", "salt_at_home": "k1", "timber_bought": "k2",
}  # fmt: skip
FOREIGN = re.compile(r"\b(US|U\.S\.|USD|JPY|Japan\w*|Tokyo|Washington|yen|usd|America\w*|rice|cars?|farm(?!_)\w*)\b")


def write(folder, calendar, renamed=None):
    """Write the scenario into a folder, with every name put for another where a table of names is given."""

    def put(text):
        for old, new in sorted((renamed or {}).items(), key=lambda item: -len(item[0])):
            text = re.sub(rf"(?<!\w){old}(?!\w)", new, text)
        return text

    (folder / "parties").mkdir(parents=True)
    files = {"scenario": ROOT + CALENDARS[calendar], "issues": ISSUES, "markets": MARKETS, "accounts": ACCOUNTS}
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(put(text), encoding="utf-8")
    for name, text in PARTIES.items():
        (folder / "parties" / f"{put(name)}.toml").write_text(put(text), encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=CALENDARS)
def case(request, tmp_path_factory):
    """Folder, scenario and finished run of one variant."""
    folder = write(tmp_path_factory.mktemp("case") / "salt_and_timber", request.param)
    scenario = load_scenario(folder)
    return request.param, folder, scenario, run(scenario, seed=3)


def test_the_group_is_worth_the_weighted_sum_of_its_members(case):
    _, _, scenario, _ = case
    problem = scenario.problem
    components = problem.components(list(range(problem.space.size)))
    old, new, both = (problem.party(name).flows(components) for name in ("old_port", "new_port", "ports"))
    np.testing.assert_allclose(both, old + 2 * new, rtol=0, atol=1e-9)
    assert np.ptp(both) > 0


def test_money_is_converted_at_the_one_rate(case):
    _, _, scenario, _ = case
    package = {"salt_duty": 40.0, "timber_fee": 12.0, "sailing_season": "summer"}
    problem = scenario.problem
    components = problem.components([problem.space.code(package)])
    # 400 million kroner of timber at eight to a taler are 50 million; a fifth of them counts, and salt is as it was.
    assert problem.party("republic").flows(components)[0] == pytest.approx(0.2 * 50)
    assert problem.party("kingdom").scale == pytest.approx(1 / 8)


def test_theory_finds_packages_that_leave_nobody_worse_off(case):
    _, _, scenario, _ = case
    found = solve(scenario)
    assert found.n_rational > 0
    for name in SOLUTIONS:
        assert found.winners[name] is not None
        assert np.all(found.flows[found.winners[name]] >= found.reserve)
    assert {"gain_republic", "gain_kingdom", "gain_ports"} <= set(found.table.columns)


def test_three_seats_speak_in_turn_and_everybody_else_watches(case):
    calendar, _, _, record = case
    assert record.seats == ["republic", "kingdom", "ports"]
    turns = record.offers.drop_duplicates(["phase", "exchange"])
    assert turns["by"].tolist() == [record.seats[k % 3] for k in range(len(turns))]
    assert set(record.gains["party"]) == {*record.seats, "old_port", "new_port", "boatmen"}
    assert (record.outcome["date"] is None) == (calendar == "undated")


def test_what_a_run_leaves_reads_back_and_speaks_of_this_scenario_only(case, tmp_path):
    _, _, _, record = case
    folder = record.save(tmp_path / "run")
    back = Record.read(folder)
    assert back.outcome["package"] == record.outcome["package"]
    assert back.outcome["gains"] == pytest.approx(record.outcome["gains"])
    for file in [*folder.glob("*.csv"), folder / "outcome.json"]:
        assert FOREIGN.findall(file.read_text(encoding="utf-8")) == [], file.name


@pytest.mark.parametrize("command", [["check"], ["check", "--sources"], ["solve"], ["run", "--seed", "3"]])
def test_what_is_printed_speaks_of_this_scenario_only(case, command):
    _, folder, _, _ = case
    first, *more = command
    done = CliRunner().invoke(app, [first, str(folder), *more], catch_exceptions=False)
    assert done.exit_code == 0
    assert "Salt and timber" in done.output or "--sources" in command
    assert FOREIGN.findall(done.output.replace(str(folder), "")) == []


def test_other_names_make_no_difference(case, tmp_path):
    """Nothing is left to chance in this scenario, so another set of names plays the same game."""
    calendar, _, _, record = case
    other = run(load_scenario(write(tmp_path / "renamed", calendar, RENAMED)), seed=3)
    assert other.seats == [RENAMED[seat] for seat in record.seats]
    for column in ("round", "exchange", "action"):
        assert other.offers[column].tolist() == record.offers[column].tolist()
    assert other.offers["by"].tolist() == [RENAMED[by] for by in record.offers["by"]]
    if record.agreement:
        package = {RENAMED[issue]: RENAMED.get(level, level) for issue, level in record.outcome["package"].items()}
        assert other.outcome["package"] == package
    for party, gain in record.outcome["gains"].items():
        assert other.outcome["gains"][RENAMED[party]] == pytest.approx(gain, abs=1e-9)


def test_without_dates_or_with_them_there_is_an_ending(case):
    calendar, _, _, record = case
    last = record.outcome
    assert last["agreement"] or last["round"] == (5 if calendar == "undated" else 7)
    if calendar == "dated":
        assert last["deadline_moved_to"] == "1911-04-01"
        assert {"thaw", "the river thaws"} & set(record.calendar.astype(str).to_numpy().ravel())


@pytest.mark.skipif(importlib.util.find_spec("negosim.view.plots") is None, reason="no figures in this build")
def test_figures_are_drawn(case, tmp_path, monkeypatch):
    from negosim.view import style
    from negosim.view.plots import save_figures

    monkeypatch.setattr(style, "DPI", 40)  # quick, and enough to see that they are drawn

    files = save_figures(case[-1], tmp_path)
    assert {"negotiation_dance.png", "issue_paths.png", "who_gains.png"} <= {file.name for file in files}
    assert all(file.stat().st_size > 1000 for file in files)

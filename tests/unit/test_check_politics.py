"""Politics at home in a scenario: what a patch may leave idle, what it may not, and scenarios of other shapes."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from negosim.scenario.check import numbers
from negosim.scenario.check_politics import overridden
from negosim.scenario.check_ranges import ascending, pairs, within
from negosim.scenario.load import ScenarioError, load_scenario

ORCHARD = Path(__file__).parents[1] / "scenarios" / "orchard"

VALUE = """
[values.{0}]
value = 1
range = [0, 2]
unit = "none"
kind = "assumed"
source = "invented"
note = "Invented."
"""
GROUP = """
[groups.g]
label = "g"
members = ["c"]

[groups.g.home]
government = "a"
at_least = ["{0}"]
cost = 1
lobbying = 0.1
mobilised = 0.2
"""
RED = """
[commitments.held]
label = "held"
kind = "red_line"
{0}
from_start = true
"""
VOTE = """
[ratification]
label = "vote"
government = "a"
issues = ["tint"]
stance = 0
"""
RELIEF = """
[[ratification.support]]
account = "sum"
form = "relief"
weight = 1
"""


@pytest.fixture
def orchard(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ORCHARD, tmp_path / "orchard"))


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """Return a scenario without dates, situations and values, whose second issue has words for levels."""
    table = '[[terms]]\nname = "{0}"\nissue = "{0}"\nform = "table"\ntable = [{1}]\n'
    tint = table.format("tint", "0, 1")
    rising, falling = table.format("price", "0, 1, 2"), table.format("price", "2, 1, 0")
    files = {
        "scenario.toml": 'title = "Words"\nseats = ["a", "b"]\ncalendar = {rounds = 3}\n',
        "issues.toml": '[price]\nlabel = "price"\nlevels = [1, 2, 3]\n[tint]\nlabel = "tint"\nlevels = ["red", "blue"]\n',
        "accounts.toml": '[sum]\nlabel = "sum"\nunit = "none"\nsum = {"issues.price" = 1}\nreport = true\n',
        "parties/a.toml": f'label = "a"\nreserve = 0\n{rising}{tint}',
        "parties/b.toml": f'label = "b"\nreserve = 0\n{falling}{tint}',
        "parties/c.toml": f'label = "c"\nreserve = 0\nsize = 2\n{rising}',
    }
    folder = tmp_path / "words"
    (folder / "parties").mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(text)
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def add(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text((folder / file).read_text() + text)


def refusal(folder: Path, settings: dict[str, object] | None = None) -> str:
    with pytest.raises(ScenarioError) as refused:
        load_scenario(folder, (), settings)
    return str(refused.value)


def keys(message: str) -> list[str]:
    return [line.split(": ")[1] for line in message.splitlines()]


def test_the_scenario_itself_and_its_overrides_are_sound() -> None:
    plain = load_scenario(ORCHARD)
    for name in plain.document.overrides:
        assert load_scenario(ORCHARD, [name]).document != plain.document


@pytest.mark.parametrize(
    "settings",
    [
        {"issues.apples.on_table": False},
        {"issues.tools_duty.on_table": False},
        {"issues.apples.levels": [0, 10]},
        {"issues.tools_duty.levels": [0, 10, 20]},
        {"seats": ["shore", "smithies"]},
        {"seats": ["hill", "shore", "smiths"]},
        {"deadline.moves": []},
        {"deadline.moves": [], "parties.shore.principal.steps": -30},
        {"parties.hill.commitments.no_apples_for_tools.kind": "red_line"},
        {"parties.hill.commitments.no_apples_for_tools.cost": 0},
        {"parties.hill.commitments.hold_the_orchards.from_start": True},
        {"parties.hill.commitments.no_apples_for_tools.from_start": True},
        {"groups.growers.home.commitment": "red_line"},
        {"groups.growers.home.raises": {}},
        {"groups.growers.home.until": ""},
        {"groups.growers.home.forces": ""},
        {"groups.growers.home.at_most": []},
        {"groups.smiths.home.at_least": []},
        {"events.rally.declares": {}},
        {"events.rally.date": dt.date(2031, 2, 27)},
        {"values.delay": -7},
        {"values.lobbying": 0.15, "values.mobilised": 0.2},
        {"ratification.issues": ["forms"]},
        {"ratification.support": []},
        {"mechanisms.home_table": False},
        {"mechanisms.mobilisation": False},
        {"mechanisms.lines": False},
        {"mechanisms.ratification": False},
        {"mechanisms.hurry": False},
        {"mechanisms.principal": False},
    ],
    ids=str,
)
def test_a_patch_may_leave_politics_idle(settings) -> None:
    assert load_scenario(ORCHARD, (), settings).document != load_scenario(ORCHARD).document


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"issues.apples.levels": [10, 20]}, "ratification.issues.0: 'apples' has no level '0'"),
        ({"issues.apples.levels": [20, 30]}, "no_apples_for_tools.at_most.apples: found 10, which leaves no package"),
        ({"parties.hill.private": []}, "groups.growers.home.raises.fruit_weight: no private weight 'fruit_weight'"),
        ({"groups.growers.home.dwell": 0.5}, "groups.growers.home.dwell: found 0.5, allowed: 1 or more"),
        ({"groups.growers.home.government": "hlil"}, "no party 'hlil' (did you mean 'hill'?)"),
        ({"parties.upper_growers.size": 0}, "parties.upper_growers.size: found 0, allowed: above 0"),
        ({"values.lobbying": 0.15, "values.mobilised": 0.2, "groups.smiths.home.lobbying": "@mobilised",
          "groups.smiths.home.mobilised": "@lobbying"}, "found 0.15, the value 'lobbying', allowed: above 0.2, the value"),
    ],
)  # fmt: skip
def test_a_patch_may_not_leave_them_wrong(settings, expected) -> None:
    assert expected in refusal(ORCHARD, settings)


def test_what_a_group_with_a_seat_would_do_without_one_stays_written_down(orchard) -> None:
    edit(orchard, "scenario.toml", 'seats = ["hill", "shore"]', 'seats = ["hill", "shore", "growers"]')
    assert load_scenario(orchard).document.seats[2] == "growers"
    edit(orchard, "scenario.toml", 'seats = ["hill", "shore", "growers"]', 'seats = ["shore", "growers"]')
    edit(orchard, "overrides.toml", '"seats" = ["hill", "shore", "growers"]', '"title" = "Growers alone"')
    lines = ("no_apples_for_tools", "hold_the_orchards", "not_the_full_duty")
    assert set(keys(refusal(orchard))) == {"ratification.government", *(f"parties.hill.commitments.{n}" for n in lines)}


def test_every_number_of_politics_needs_a_source_but_limits_and_steps(orchard) -> None:
    edit(orchard, "scenario.toml", "invented = true", "invented = true\nsourced = true")
    edit(orchard, "parties/hill.toml", "[hurry]", '[principal]\nchance = 0.5\nissue = "apples"\nsteps = 2\n\n[hurry]')
    wrong = set(keys(refusal(orchard)))
    assert {
        "ratification.days", "ratification.support.0.weight", "ratification.support.1.weight",
        "groups.growers.home.cost", "groups.growers.home.claim", "groups.growers.home.dwell",
        "groups.growers.home.raises.fruit_weight", "groups.growers.home.payment.amounts.0",
        "groups.growers.home.payment.calms", "groups.smiths.home.lobbying",
        "parties.hill.commitments.no_apples_for_tools.cost", "parties.hill.hurry.start", "parties.hill.hurry.floor",
        "parties.hill.principal.chance", "parties.shore.principal.chance", "parties.upper_growers.tolerance",
        "events.rally.weight_factor.fruit_weight", "events.election.line_factor.hill", "events.election.support",
    } <= wrong  # fmt: skip
    assert not [key for key in wrong if any(part in key for part in ("at_most", "at_least", "steps", "stance"))]


def test_what_moves_a_vote_is_used(orchard) -> None:
    """An account and a value that only the vote looks at are not left over."""
    support = '[[ratification.support]]\naccount = "zeal"\nweight = "@zeal"\n\n'
    edit(orchard, "scenario.toml", "[groups.growers]", support + "[groups.growers]")
    add(orchard, "scenario.toml", VALUE.format("zeal"))
    edit(orchard, "accounts.toml", "report = true\n", "")
    assert (("ratification", "support", 2, "weight"), "@zeal") in list(numbers(load_scenario(orchard).document))


def test_mistakes_of_several_kinds_are_told_at_once(orchard) -> None:
    edit(orchard, "scenario.toml", "claim = 0.1", "claim = 4")
    edit(orchard, "parties/hill.toml", "floor = 0.5\n", "floor = -1\nby_the_way = 1\n")
    empty = '[commitments.none]\nlabel = "none"\nkind = "red_line"\n\n'
    edit(orchard, "parties/shore.toml", "[principal]", empty + "[principal]")
    assert keys(refusal(orchard)) == [
        "groups.growers.home.claim", "parties.hill.hurry.floor", "parties.hill.hurry.by_the_way",
        "parties.shore.commitments.none",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("events.toml", 'declares = {hill = ["no_apples_for_tools"]}', "declares = 3", "events.rally.declares"),
        ("parties/hill.toml", "cost = 2\n", 'cost = "two"\n', "parties.hill.commitments.no_apples_for_tools.cost"),
        ("parties/hill.toml", "exponent = 3\nfloor = 0.5", "exponent = []", "parties.hill.hurry.exponent"),
        ("scenario.toml", 'at_most = ["apples"]', "at_most = 3", "groups.growers.home.at_most"),
        ("scenario.toml", 'forces = "hold_the_orchards"', "forces = 3", "groups.growers.home.forces"),
        ("scenario.toml", 'until = "election"', "until = 3", "groups.growers.home.until"),
        ("scenario.toml", "raises = {fruit_weight = 0.25}", "raises = 3", "groups.growers.home.raises"),
    ],
)
def test_a_key_of_the_wrong_shape_is_one_mistake(file, old, new, key, orchard) -> None:
    edit(orchard, file, old, new)
    assert keys(refusal(orchard)) == [key]


def test_lines_and_groups_need_neither_dates_nor_values_nor_situations(words) -> None:
    add(words, "parties/a.toml", "[hurry]\nstart = 0\nend = 1\nfloor = 0.5\n" + RED.format("at_least = {price = 2}"))
    add(words, "scenario.toml", GROUP.format("price"))
    assert load_scenario(words).document.parties["a"].commitments["held"].at_least == {"price": 2.0}


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("parties/a.toml", RED.format("at_most = {tint = 1}"),
         "parties.a.commitments.held.at_most.tint: the levels of 'tint' are words; a limit needs numbers"),
        ("scenario.toml", GROUP.format("tint"),
         "groups.g.home.at_least.0: the levels of 'tint' are words; a limit needs numbers"),
        ("parties/a.toml", '[principal]\nchance = 0.5\nissue = "tint"\n',
         "parties.a.principal: never speaks, as the deadline has no 'moves'"),
        ("scenario.toml", VOTE, "ratification.issues.0: 'tint' has no status_quo, so it cannot be said to have moved"),
        ("issues.toml", 'status_quo = "red"\n',
         "ratification.support: is measured against no deal, but the issues do not say what that means (price, tint "),
    ],
)  # fmt: skip
def test_levels_that_are_words_break_no_check(file, text, expected, words) -> None:
    if file == "issues.toml":
        add(words, "scenario.toml", VOTE + RELIEF)
    add(words, file, text)
    assert expected in refusal(words)


def test_relief_needs_something_that_no_deal_is_not_nothing_of(orchard) -> None:
    load_scenario(orchard, (), {"issues.apples.no_deal": 30, "ratification.support.0.account": "zeal"})
    assert "'zeal' is 0 without a deal" in refusal(orchard, {"ratification.support.0.account": "zeal"})


def test_an_override_can_give_sense_to_what_is_idle_without_it(orchard) -> None:
    document = load_scenario(orchard).document
    assert overridden(document, "issues.tolls.on_table")
    assert overridden(document, "issues.tolls")
    assert overridden(document, "seats")
    assert not overridden(document, "issues.toll")
    assert not overridden(document, "issues.forms")
    edit(orchard, "parties/shore.toml", "at_least = {tools_duty = 5}", "at_most = {tolls = 5}")
    assert load_scenario(orchard).document.parties["shore"].commitments["no_free_tools"].at_most == {"tolls": 5.0}
    edit(orchard, "overrides.toml", '"parties.shore.commitments.no_free_tools.from_start" = true',
         '"events.rally.declares" = {shore = ["no_free_tools"]}')  # fmt: skip
    load_scenario(orchard)
    edit(orchard, "overrides.toml", "no_free_tools", "no_free_tools_at_all")
    assert "no_free_tools: nothing brings this commitment" in refusal(orchard)


def test_bounds_hold_for_the_range_of_a_value_unless_it_is_set() -> None:
    document = load_scenario(ORCHARD).document
    here = ("here",)
    assert not list(within(document, "@stance", -1, 1, here))
    assert list(within(document, "@stance", 0, 1, here)) == [
        (here, "found -1 in the range of 'stance', allowed: 0 to 1")
    ]
    assert not list(within(document, "@stance", 0, 1, here, spread=False))
    assert not list(within(load_scenario(ORCHARD, (), {"values.stance": 1}).document, "@stance", 0, 1, here))
    assert not list(within(document, "@no_such_value", 0, 1, here))
    assert not list(within(document, "@bearable", 0, 20, here, whole=True))
    assert list(within(document, "@lobbying", 0.05, 1, here, above=True)) == [
        (here, "found 0.05 in the range of 'lobbying', allowed: above 0.05, at most 1")
    ]
    assert list(within(document, "@lobbying", 0, 20, here, whole=True)) == [
        (here, "found 0.1, the value 'lobbying', allowed: a whole number")
    ]


def test_two_numbers_are_compared_while_one_of_them_moves() -> None:
    document = load_scenario(ORCHARD).document
    tried = [(one, two) for (one, _), (two, _) in pairs(document, "@lobbying", "@mobilised")]
    assert tried == [(0.1, 0.3), (0.05, 0.3), (0.15, 0.3), (0.1, 0.2), (0.1, 0.4)]
    assert [(one, two) for (one, _), (two, _) in pairs(document, 3.0, "@stance")] == [(3, 0), (3, -1), (3, 1)]
    assert not list(pairs(document, "@no_such_value", 2.0))
    assert not list(ascending(document, "@lobbying", "@mobilised", (), "x"))
    assert not list(ascending(document, 0.2, "@mobilised", (), "x")), "they may meet at the end of a range"
    assert list(ascending(document, 0.3, "@mobilised", (), "x")), "but not as they are written"
    assert list(ascending(document, 0.25, "@mobilised", (), "x"))

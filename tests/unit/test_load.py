"""Loading, patching and fixing values from Python."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from negosim.errors import NegosimError
from negosim.scenario.fields import finite, level, levels, number, unit, written
from negosim.scenario.load import ScenarioError, find_folder, load_scenario, parse_settings
from negosim.scenario.patch import NoKeyError, locate
from negosim.scenario.shape import fields_at, is_open

HARBOUR = Path(__file__).parents[1] / "scenarios" / "harbour"


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("values.horizon=2", {"values.horizon": 2}),
        (" values.horizon = 2.5 ", {"values.horizon": 2.5}),
        ("a.b=true", {"a.b": True}),
        ("a.b=word", {"a.b": "word"}),
        ('a.b="1"', {"a.b": "1"}),
        ("a.b=@value", {"a.b": "@value"}),
        ("a.b=x=y", {"a.b": "x=y"}),
        ("a.b=[1, 2]", {"a.b": [1, 2]}),
        ("a.b={c = 1}", {"a.b": {"c": 1}}),
        ("a.b=1\nc = 2", {"a.b": "1\nc = 2"}),
    ],
)
def test_settings_are_read_as_toml_or_as_words(text, settings):
    assert parse_settings([text]) == settings


def test_the_last_of_two_settings_counts():
    assert parse_settings(["a=1", "b=2", "a=3"]) == {"a": 3, "b": 2}


@pytest.mark.parametrize("texts", [["a"], [""], ["=b"], ["a="], ["ok=1", "a", "="]])
def test_settings_that_are_none(texts):
    with pytest.raises(ScenarioError, match="allowed: KEY=VALUE"):
        parse_settings(texts)


def test_a_set_value_is_fixed_and_keeps_its_range():
    document = load_scenario(HARBOUR, settings={"values.horizon": 3, "values.hope.value": 0.1}).document
    assert (document.values["horizon"].value, document.values["horizon"].range) == (3.0, [1.0, 4.0])
    pinned = {name for name, value in document.values.items() if value.pinned}
    assert pinned == {"horizon", "hope"}


def test_a_value_replaced_as_a_whole_is_not_fixed():
    table = {"value": 3, "range": [3, 9], "unit": "years", "kind": "assumed", "source": "invented", "note": "n"}
    document = load_scenario(HARBOUR, settings={"values.horizon": table}).document
    assert document.values["horizon"].range == [3.0, 9.0]
    assert not document.values["horizon"].pinned


@pytest.mark.parametrize("key", ["values.horizon.pinned", "values.horizon"])
def test_nobody_else_fixes_a_value(key):
    value = True if key.endswith("pinned") else {
        "value": 2, "range": [1, 4], "unit": "years", "kind": "assumed", "source": "invented", "note": "n", "pinned": True
    }  # fmt: skip
    with pytest.raises(ScenarioError, match="pinned"):
        load_scenario(HARBOUR, settings={key: value})


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("title", "Other", lambda d: d.title == "Other"),
        ("parties.north.terms.balance.scale", 50, lambda d: d.parties["north"].terms[1].scale == 50),
        ("parties.north.terms.1.scale", 50, lambda d: d.parties["north"].terms[1].scale == 50),
        ("parties.south.reserve", 7, lambda d: d.parties["south"].reserve == 7),
        ("parties.south.floor.share", "@floor_share", lambda d: d.parties["south"].floor.share == "@floor_share"),
        ("parties.north.tactics.boulware.beta", "@hope", None),
        ("accounts.balance.sum.issues.quota", 2, lambda d: d.accounts["balance"].sum["issues.quota"] == 2),
        ("deadline.no_deal.quota", 30, lambda d: d.deadline.no_deal["quota"] == 30),
        ("events.new_customs.no_deal.language", "northern", lambda d: True),
        ("protocol.kind", "stacked_alternating_offers", lambda d: True),
        ("calendar.rounds.1", None, None),
    ],
)
def test_keys_that_can_be_set(key, value, found):
    if found is None:  # refused for its value, but found
        with pytest.raises(ScenarioError, match=r"^--set") as refused:
            load_scenario(HARBOUR, settings={key: value})
        assert "no key" not in str(refused.value)
    else:
        assert found(load_scenario(HARBOUR, settings={key: value}).document)


def test_a_patch_does_not_reach_into_the_override_it_changes():
    settings = {"parties.south.tactics.scripted.probability": "@late", "values.late": 1, "values.answering": 0}
    scenario = load_scenario(HARBOUR, ["scripted"], settings)
    assert scenario.document.parties["south"].tactics[0].probability == "@late"
    override = scenario.raw.document["overrides"]["scripted"]["set"]
    assert override == {"parties.south.tactics": [{"name": "scripted", "script": "south.csv"}]}


def test_overrides_apply_in_order_and_settings_last():
    both = load_scenario(HARBOUR, ["traders_too", "no_more_time"], {"calendar.exchanges_per_round": 4})
    assert both.document.calendar.exchanges_per_round == 4
    assert both.document.values["chance_of_more_time"].value == 0
    assert both.document.values["chance_of_more_time"].pinned
    assert both.applied == ("traders_too", "no_more_time", "calendar.exchanges_per_round=4")


def test_one_override_may_be_given_as_a_word():
    assert load_scenario(HARBOUR, "no_more_time").applied == ("no_more_time",)


def test_loading_twice_gives_the_same_and_changes_no_file():
    before = {file: file.read_bytes() for file in HARBOUR.rglob("*") if file.is_file()}
    one, two = load_scenario(HARBOUR, ["scripted"]), load_scenario(HARBOUR, ["scripted"])
    assert (one.digest, one.document) == (two.digest, two.document)
    assert {file: file.read_bytes() for file in HARBOUR.rglob("*") if file.is_file()} == before


def test_the_digest_follows_what_can_change_a_result(tmp_path):
    plain = load_scenario(HARBOUR).digest
    assert load_scenario(HARBOUR, settings={"values.hope": 0.2}).digest != plain, "fixed instead of drawn"
    assert load_scenario(HARBOUR, settings={"values.hope": 0.1}).digest != plain
    copy = Path(shutil.copytree(HARBOUR, tmp_path / "copy"))
    (copy / "south.csv").write_text("action,customs,quota,language\npass,,,\n")
    (copy / "hindsight.toml").write_text("x = 1\n")
    (copy / "facts.toml").write_text("")
    assert load_scenario(copy).digest == plain
    assert load_scenario(copy, "scripted").digest != load_scenario(HARBOUR, "scripted").digest


def test_a_folder_of_the_same_name_without_a_scenario_does_not_hide_one_that_ships(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two_neighbours").mkdir()
    assert find_folder("two_neighbours") != Path("two_neighbours")
    shutil.copytree(HARBOUR, tmp_path / "two_neighbours", dirs_exist_ok=True)
    assert load_scenario("two_neighbours").document.title == "Harbour"


def test_errors_are_those_a_program_can_catch():
    with pytest.raises(NegosimError):
        load_scenario("nowhere")


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("title", ("title",)),
        ("a.b.1", ("a", "b", 1)),
        ("a.b.two.name", ("a", "b", 1, "name")),
        ("values.x.value", ("values", "x")),
        ("values.x.range", ("values", "x", "range")),
        ("accounts.a.sum.m.value", ("accounts", "a", "sum", "m.value")),
        ("groups.g.behaviour.floor.share", ("groups", "g", "behaviour", "floor", "share")),
    ],
)
def test_dotted_keys_lead_to_paths(key, path):
    document = {
        "a": {"b": [{"name": "one"}, {"name": "two"}]},
        "values": {"x": {"value": 1, "range": [0, 2]}},
        "accounts": {"a": {"sum": {"m.value": 1}}},
        "groups": {"g": {}},
    }
    assert locate(document, key) == path


@pytest.mark.parametrize("key", ["b", "a.b.three", "a.b.2", "values.y", "values.x.y", "groups.g.behaviour.flor.share"])
def test_dotted_keys_that_lead_nowhere(key):
    document = {"a": {"b": [{"name": "one"}]}, "values": {"x": {"value": 1}}, "groups": {"g": {}}}
    with pytest.raises(NoKeyError):
        locate(document, key)


def test_what_the_schema_knows_at_a_path():
    assert fields_at(("values", "any")) >= {"value", "range", "unit", "kind", "source", "note"}
    assert "pinned" not in fields_at(("values", "any"))
    assert fields_at(("conversions", 0)) == {"from", "to", "divide_by"}
    assert fields_at(("deadline", "moves", 3)) == {"to", "probability", "hindsight"}
    assert fields_at(("values", "any", "value")) == fields_at(("no", "where")) == set()
    assert is_open(("markets", "any"))
    assert is_open(("parties", "any", "tactics", 0))
    assert not is_open(("parties", "any"))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"from": 0, "to": 20, "step": 5}, (0.0, 5.0, 10.0, 15.0, 20.0)),
        ({"from": 0.1, "to": 0.3, "step": 0.1}, (0.1, 0.2, 0.3)),
        ({"from": 5, "to": 5, "step": 1}, (5.0,)),
        ([-3, 1, 20.5], (-3.0, 1.0, 20.5)),
        (["b", "a"], ("b", "a")),
    ],
)
def test_levels(given, found):
    assert levels(given) == found


@pytest.mark.parametrize("given", [[20, 15, 10], [0, 10, 5], [-1, -2]])
def test_levels_that_are_numbers_rise(given):
    with pytest.raises(ValueError, match="have to rise"):
        levels(given)


@pytest.mark.parametrize(
    "given", ["percent", "bn_usd", "tn_yen_per_year", "yen_per_usd", "eur_per_kg", "crn_per_tonne", "none"]
)
def test_units(given):
    assert unit(given) == given


@pytest.mark.parametrize(
    "given", ["Percent", "bn_usd_per_month", "usd", "", 3, None, "xbn_usd", "eur_per_lb", "bn_per_kg_per_year"]
)
def test_what_is_no_unit(given):
    with pytest.raises(ValueError, match="is not in the list"):
        unit(given)


@pytest.mark.parametrize("given", [True, None, "3", [], {}, float("nan"), float("inf"), -float("inf"), 10**400, "@"])
def test_what_is_no_number(given):
    for read in (number, finite):
        with pytest.raises(ValueError, match=r"found .*, allowed: "):
            read(given)


def test_levels_are_numbers_or_words():
    assert (level(3), level("both")) == (3.0, "both")
    for given in ("", True, None, float("nan")):
        with pytest.raises(ValueError, match="allowed"):
            level(given)


def test_values_are_shown_as_in_a_file():
    assert written({"a": [1, "x", False]}) == '{a = [1, "x", false]}'
    assert len(written("x" * 500)) == 60

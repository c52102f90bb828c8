"""Facts, their conversions, and keys that are looked up by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from negosim.scenario import schema
from negosim.scenario.load import load_scenario
from negosim.scenario.sources import (
    converted_complaints,
    fact_complaints,
    look_up,
    named,
    number_of,
    source_complaints,
    tally,
)

HARBOUR = Path(__file__).parents[1] / "scenarios" / "harbour"


@pytest.fixture(scope="module")
def document():
    return load_scenario(HARBOUR).document


def with_fact(document, **fields):
    fact = {"number": 9, "claim": "c", "source": "gazette", **fields}
    return document.model_copy(update={"facts": {"new": schema.Fact.model_validate(fact)}})


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("values.horizon", 2.0),
        ("values.horizon.unit", "years"),
        ("markets.wool.base_value", 120.0),
        ("parties.north.terms.vote.weight", 0.5),
        ("parties.north.terms.1.scale", 100.0),
        ("parties.north.tactics.boulware.beta", 0.3),
        ("deadline.no_deal.customs", 25.0),
        ("deadline.moves.0.probability", 0.25),
        ("issues.customs.levels", (0.0, 5.0, 10.0, 15.0, 20.0)),
        ("title", "Harbour"),
    ],
)
def test_keys_are_looked_up(document, key, found):
    assert look_up(document, key) == found


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("valeus.horizon", r"no key 'valeus' \(did you mean 'values'\?\)"),
        ("values.horizn", r"no key 'horizn' in 'values' \(did you mean 'horizon'\?\)"),
        ("values.horizon.x", r"no key 'x' in 'values.horizon'"),
        ("parties.north.terms.vtoe", r"no key 'vtoe' in 'parties.north.terms' \(did you mean 'vote'\?\)"),
        ("title.x", "no key 'x' in 'title'"),
    ],
)
def test_keys_that_are_not_there(document, key, message):
    with pytest.raises(KeyError, match=message):
        look_up(document, key)


@pytest.mark.parametrize(
    "fields",
    [
        {"value": 240.0, "used_by": ["values.fish_sales"]},
        {"value": "much", "used_by": ["values.fish_sales"]},
        {"used_by": ["values.fish_sales"], "conversion": {"times": [60, "@dal_per_crn"]}},
        {"used_by": ["values.fish_sales"], "conversion": {"times": [480, 2], "over": ["@dal_per_crn"]}},
        {"used_by": ["values.fish_sales"], "conversion": {"times": [200], "plus": 40}},
        {"used_by": ["values.fish_sales"], "conversion": {"times": [241], "tolerance": 0.005}},
        {"value": 1.0, "unused": "of no use"},
    ],
)
def test_facts_that_come_out(document, fields):
    changed = with_fact(document, **fields)
    assert [*fact_complaints(changed), *converted_complaints(changed)] == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"value": 241.0, "used_by": ["values.fish_sales"]}, "the fact gives 241, but values.fish_sales is 240"),
        ({"used_by": ["values.fish_sales"], "conversion": {"times": [242], "tolerance": 0.005}}, "within 0.5 percent"),
        ({"value": 1.0, "used_by": ["values.fish_sales", "values.horizon"]}, "the fact gives 1, but values.fish_sales"),
    ],
)
def test_facts_that_do_not(document, fields, message):
    ((path, text),) = converted_complaints(with_fact(document, **fields))
    assert path == ("facts", "new")
    assert message in text


def test_a_what_if_may_depart_from_the_facts():
    assert load_scenario(HARBOUR, settings={"values.fish_sales": 250}).document.values["fish_sales"].value == 250


def test_sources_that_do_not_exist(document):
    changed = document.model_copy(update={"sources": {}})
    complaints = list(source_complaints(changed))
    assert len(complaints) == len(document.values) + len(document.facts) + 2
    assert all("none, as sources.toml lists none" in text for _, text in complaints)


def test_the_tally_counts_hindsight_wherever_it_stands(document):
    values = {**document.values, "hope": document.values["hope"].model_copy(update={"hindsight": True})}
    events = {name: event.model_copy(update={"hindsight": True}) for name, event in document.events.items()}
    moves = [move.model_copy(update={"hindsight": True}) for move in document.deadline.moves]
    deadline = document.deadline.model_copy(update={"moves": moves})
    for update, count in (
        ({"values": values}, 1),
        ({"events": events}, 1),
        ({"deadline": deadline}, 1),
        ({"values": values, "events": events, "deadline": deadline}, 3),
        ({"values": values, "deadline": None}, 1),
    ):
        assert tally(document.model_copy(update=update))["hindsight"] == count


def test_a_name_stands_for_a_value(document):
    assert named(document, "@horizon") is document.values["horizon"]
    assert [named(document, given) for given in ("horizon", "@none_of_it", 2.0, None, "")] == [None] * 5
    assert (number_of(document, "@horizon"), number_of(document, 2.5)) == (2.0, 2.5)


def test_the_tally_counts_every_value_once(document):
    counted = tally(document)
    assert counted.pop("hindsight") == 0
    assert sum(counted.values()) == len(document.values)
    assert counted == {"stated": 2, "derived": 1, "literature": 0, "assumed": 29, "fitted": 0}

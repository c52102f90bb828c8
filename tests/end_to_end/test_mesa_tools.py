"""What a user of Mesa expects to work with the model, on whichever version of Mesa is installed."""

from __future__ import annotations

import inspect
import math
import subprocess
import sys

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.batchrunner import batch_run

from negosim.scenario.load import load_scenario
from negosim.sim.agents import Stakeholder
from negosim.sim.model import NegotiationModel
from negosim.sim.negotiator import Negotiator
from negosim.sim.record import negotiate

SEEDED_BY_ARGUMENT = "rng" in inspect.signature(batch_run).parameters
"""From Mesa 3.5 on seeds are an argument of `batch_run`; before, a parameter of the model."""


def batch(parameters, seeds, **options):
    """Run Mesa's own batch runner with the seeds where the installed version wants them."""
    if SEEDED_BY_ARGUMENT:
        rows = batch_run(NegotiationModel, parameters, rng=seeds, display_progress=False, **options)
    else:
        rows = batch_run(NegotiationModel, {**parameters, "rng": seeds}, display_progress=False, **options)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def finished():
    """Step one negotiation of the shipped scenario by hand to its end."""
    model = NegotiationModel("us_japan_2025", rng=2)
    while model.running:
        model.step()
    return model


def test_the_installed_mesa_is_one_of_those_supported():
    installed = tuple(int(part) for part in mesa.__version__.split(".")[:2])
    assert (3, 3) <= installed < (5, 0)
    assert (installed >= (3, 4)) == SEEDED_BY_ARGUMENT


def test_the_models_frame_ends_with_the_outcome(finished):
    frame = finished.datacollector.get_model_vars_dataframe()
    assert len(frame) == finished.round == len({offer["round"] for offer in finished.offers})
    assert frame["round"].tolist() == list(range(1, finished.round + 1))
    last = frame.iloc[-1]
    assert last["agreement"] == finished.agreement
    assert last["deal"] == finished.deal
    assert last["date"] == finished.date
    assert last["phase"] == finished.phase
    for n in finished.negotiators:
        assert last[f"gain_{n.name}"] == finished.gains[n.name]
    assert not frame["agreement"].iloc[:-1].any()
    assert frame["deal"].iloc[:-1].isna().all()


def test_the_agents_frame_has_a_row_for_everyone_in_every_round(finished):
    frame = finished.datacollector.get_agent_vars_dataframe()
    everyone = [p.name for p in finished.participants]
    assert len(frame) == finished.round * len(everyone)
    assert frame.groupby(level=0)["party"].apply(list).tolist() == [everyone] * finished.round
    assert set(frame["stance"]) <= {"supports", "opposes", "indifferent"}
    at_table = frame["party"].isin([n.name for n in finished.negotiators])
    assert frame.loc[~at_table, "reserve"].isna().all()
    assert frame.loc[at_table, "reserve"].notna().all()
    last = frame.loc[frame.index.get_level_values(0).max()].set_index("party")
    for n in finished.negotiators:
        assert last.loc[n.name, "aspiration"] == n.aspiration
        assert math.isclose(last.loc[n.name, "gain_on_table"], n.gain_on_table)


def test_agents_are_found_by_their_type(finished):
    kinds = finished.agents_by_type
    assert set(kinds) == {Negotiator, Stakeholder}
    assert [n.name for n in kinds[Negotiator]] == ["us_government", "japan_government"]
    assert len(kinds[Stakeholder]) == len(finished.stakeholders) > 0
    assert set(finished.agents) == set(finished.participants)
    assert finished.agents.select(lambda agent: agent.name == "toyota").agg("gain_on_table", max) == pytest.approx(
        next(p for p in finished.stakeholders if p.name == "toyota").gain_on_table
    )
    numbers = [agent.unique_id for agent in finished.agents]
    assert len(set(numbers)) == len(numbers)


def test_run_model_does_what_stepping_does(finished):
    model = NegotiationModel("us_japan_2025", rng=2)
    model.run_model()
    assert model.offers == finished.offers
    assert negotiate(load_scenario("us_japan_2025"), 2).offers == finished.offers


def test_a_batch_takes_the_scenarios_name_and_seeds():
    seeds = [0, 1, 2, 3]
    frame = batch({"scenario": "two_neighbours", "overrides": "hidden_weight"}, seeds)
    assert sorted(frame["rng"].unique()) == seeds
    assert set(frame["party"]) == {"uplandia", "coastalia"}
    for seed, rows in frame.groupby("rng"):
        model = NegotiationModel("two_neighbours", overrides="hidden_weight", rng=int(seed))
        model.run_model()
        assert (rows["agreement"] == model.agreement).all()
        assert rows["deal"].tolist() == [model.deal] * len(rows)
        assert set(rows["round"]) == {model.round}
        assert set(rows["gain_coastalia"]) == {model.gains["coastalia"]}
    assert frame["gain_coastalia"].nunique() > 1


def test_a_batch_sweeps_overrides_and_settings():
    swept = ["", "hard_coastalia", "hard_coastalia,hard_uplandia"]
    frame = batch({"scenario": "two_neighbours", "overrides": swept}, [0])
    found = frame.groupby("overrides")["agreement"].agg(["min", "max"])
    assert found["min"].to_dict() == found["max"].to_dict() == {"": True, swept[1]: True, swept[2]: False}
    lengths = [{"calendar.rounds": 1}, {"calendar.rounds": 4}]
    frame = batch({"scenario": "two_neighbours", "settings": lengths, "overrides": swept[2]}, [0])
    assert sorted(frame["round"].unique()) == [1, 4]


def test_a_batch_collects_every_round():
    frame = batch(
        {"scenario": "two_neighbours", "overrides": "hard_coastalia,hard_uplandia"}, [0], data_collection_period=1
    )
    assert {1, 2, 3} == set(frame["round"])
    last = frame[frame["Step"] == frame["Step"].max()]
    assert set(last["round"]) == {3}
    assert not last["agreement"].any()
    assert set(last["party"]) == {"uplandia", "coastalia"}


def test_a_batch_takes_numpys_integers():
    frame = batch({"scenario": "two_neighbours"}, list(np.arange(3)))
    assert sorted(frame["rng"].unique()) == [0, 1, 2]


IN_PARALLEL = """
import inspect, sys, warnings
warnings.simplefilter("error")
from mesa.batchrunner import batch_run
from negosim.sim.model import NegotiationModel

if __name__ == "__main__":
    given = {"scenario": "two_neighbours", "overrides": ["", "hard_coastalia,hard_uplandia"]}
    seeds = [0, 1]
    by_argument = "rng" in inspect.signature(batch_run).parameters
    options = {"rng": seeds} if by_argument else {}
    given = given if by_argument else {**given, "rng": seeds}
    rows = batch_run(NegotiationModel, given, number_processes=2, display_progress=False, **options)
    ended = sorted({(row["overrides"], int(row["rng"]), bool(row["agreement"])) for row in rows})
    print(ended)
"""


def test_a_batch_runs_in_two_processes(tmp_path):
    script = tmp_path / "parallel.py"
    script.write_text(IN_PARALLEL)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    hard = "hard_coastalia,hard_uplandia"
    assert done.stdout.strip() == str([("", 0, True), ("", 1, True), (hard, 0, False), (hard, 1, False)])


def test_a_batch_without_seeds_runs_with_the_first_seed():
    rows = mesa.batch_run(NegotiationModel, {"scenario": "two_neighbours"}, display_progress=False)
    model = NegotiationModel("two_neighbours", rng=0)
    while model.running:
        model.step()
    assert rows[-1]["deal"] == model.deal

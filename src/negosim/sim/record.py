"""What a finished negotiation leaves behind: tidy tables, written to a folder and read back for figures.

A record is a pure function of scenario, overrides and seed: nothing in its tables depends on the clock or the machine. The
manifest, which does, stands beside them.
"""

from __future__ import annotations

import html
import json
import math
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import negosim
from negosim.core.efficient import undominated
from negosim.core.mobilisation import reversals
from negosim.core.solutions import distance, gain_lost
from negosim.errors import NegosimError
from negosim.output import FLOAT_FORMAT, as_json
from negosim.scenario.load import Scenario, as_scenario
from negosim.scenario.solve import solve, winners
from negosim.scenario.timetable import STATUS_QUO, situations
from negosim.sim import tables
from negosim.sim.folder import RUN_KEY, refuse_foreign, run_key, write_whole
from negosim.sim.model import NegotiationModel, release
from negosim.sim.negotiator import Negotiator

TABLES = (
    "offers", "parties", "packages", "frontier", "gains", "accounts", "issues", "calendar", "farm_costs", "farm_exits",
    "terms", "in_force", "home", "pressure", "lines", "groups",
)  # fmt: skip
NEEDED: Mapping[str, tuple[str, ...]] = {
    "offers": ("round", "date", "day", "phase", "by", "action"),
    "parties": ("round", "party", "role", "stance"),
    "packages": ("package",),
    "gains": ("party", "label", "unit", "status_quo", "no_deal", "deal", "gain", "size"),
    "accounts": ("account", "label", "unit", "status_quo", "no_deal", "deal"),
    "issues": ("issue", "label", "unit", "lowest", "highest", "status_quo", "no_deal", "deal"),
    "calendar": ("date", "day", "kind", "label"),
    "farm_costs": ("market", "share", "cost"),
    "farm_exits": ("market", "situation", "price", "exit_share", "exits"),
    "terms": ("party", "term", "no_deal", "deal"),
    "in_force": ("what", "date", "day"),
    "home": (*tables.HOME_KEYS, "issue", "side", "level", "amount"),
    "pressure": ("round", "date", "day", "group", "party", "threat", "level", "pressure", "paid"),
    "lines": tables.LINE_COLUMNS,
    "groups": ("group", "label", "government", "payment", "payment_unit", "lobbying", "mobilised"),
}
"""Columns without which a table of a run cannot be read back."""


ENDINGS: Mapping[str, str] = {"deal": "deal", "rejected": "signed, rejected at home", "no_deal": "no deal"}
"""How talks can end, in words."""


@dataclass(frozen=True, repr=False)
class Record:
    """One negotiation.

    Attributes
    ----------
    outcome : dict
        Whether, when and on what the parties agreed; gains; distance from theory; what chance drew.
    offers : DataFrame
        One row a move: round, date, exchange, who, what; level of every issue; each seat's flow and gain.
    parties : DataFrame
        One row a party a round: reserve, floor, aspiration of those at the table; stance of everybody.
    packages : DataFrame
        Status quo, no deal, the deal and the solutions of theory: levels and gains of the seats.
    frontier : DataFrame
        What the seats expect to gain from every efficient package, and its chance to pass at home.
    gains : DataFrame
        One row a party: flow under status quo, no deal and deal, and the gain over no deal.
    accounts : DataFrame
        Reported accounts under status quo, no deal and deal.
    issues : DataFrame
        Label, unit, range of every issue on the table.
    calendar : DataFrame
        Rounds, events and deadlines with dates.
    farm_costs, farm_exits : DataFrame
        Cost distributions of households, and prices and exits under status quo, deal and full opening.
    terms : DataFrame
        Every party's flow split into its terms, under status quo, no deal and deal.
    in_force : DataFrame
        What was in force, and what no deal meant, from which day on.
    home : DataFrame
        What groups demanded of their governments, and what came of it.
    pressure : DataFrame
        One row a member of a group a round: threat, level, pressure.
    lines : DataFrame
        Red lines and public lines, with the days between which they stood.
    groups : DataFrame
        The groups that press a government.
    """

    outcome: dict[str, Any]
    offers: pd.DataFrame = field(repr=False)
    parties: pd.DataFrame = field(repr=False)
    packages: pd.DataFrame = field(repr=False)
    frontier: pd.DataFrame = field(repr=False)
    gains: pd.DataFrame = field(repr=False)
    accounts: pd.DataFrame = field(repr=False)
    issues: pd.DataFrame = field(repr=False)
    calendar: pd.DataFrame = field(repr=False)
    farm_costs: pd.DataFrame = field(repr=False)
    farm_exits: pd.DataFrame = field(repr=False)
    terms: pd.DataFrame = field(repr=False)
    in_force: pd.DataFrame = field(repr=False)
    home: pd.DataFrame = field(repr=False)
    pressure: pd.DataFrame = field(repr=False)
    lines: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)

    @property
    def agreement(self) -> bool:
        """Whether the talks ended with a deal."""
        return bool(self.outcome["agreement"])

    @property
    def seats(self) -> list[str]:
        """Who negotiated, in speaking order."""
        return list(self.outcome["seats"])

    def save(self, folder: str | Path) -> Path:
        """Write the record into a folder that is new, empty, or holds the same run.

        Parameters
        ----------
        folder : str or Path

        Returns
        -------
        Path
            The folder: manifest.json, outcome.json and one CSV file a table.

        Raises
        ------
        NegosimError
            The folder holds something else; nothing is written.
        """
        target = refuse_foreign(folder, {name: self.outcome[name] for name in RUN_KEY})
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NegosimError(f"{target}: cannot be written: {error.strerror}") from None
        for name in TABLES:
            write_whole(target / f"{name}.csv", getattr(self, name).to_csv(index=False, float_format=FLOAT_FORMAT))
        write_whole(target / "outcome.json", as_json(self.outcome))
        manifest = {
            "negosim": negosim.__version__,
            "scenario": self.outcome["scenario"],
            "digest": self.outcome["digest"],
            "applied": self.outcome["applied"],
            "seed": self.outcome["seed"],
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "versions": {name: version(name) for name in ("mesa", "numpy", "pandas", "pydantic")},
        }
        write_whole(target / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        return target

    @classmethod
    def read(cls, folder: str | Path) -> Record:
        """Read a record that `save` wrote.

        Raises
        ------
        NegosimError
            The folder is missing, or a file of it is missing or damaged.
        """
        source = Path(folder)
        if not (source / "outcome.json").is_file():
            raise NegosimError(f"{source}: no outcome.json here; give a folder that 'negosim run --out' wrote")
        try:
            outcome = json.loads((source / "outcome.json").read_text(encoding="utf-8"))
            read = {name: pd.read_csv(source / f"{name}.csv") for name in TABLES}
        except (OSError, ValueError) as error:
            raise NegosimError(f"{source}: a file of this run is missing or damaged: {error}") from None
        for name, columns in NEEDED.items():
            missing = [column for column in columns if column not in read[name]]
            if missing:
                raise NegosimError(f"{source / name}.csv: the columns {', '.join(missing)} are missing")
        return cls(outcome, **read)

    def __repr__(self) -> str:
        o = self.outcome
        ending = f"deal {o['date'] or 'in round ' + str(o['round'])}" if o["agreement"] else ENDINGS[o["ending"]]
        return f"<Record of {o['scenario']}, seed {o['seed']}: {ending}>"

    def _repr_html_(self) -> str:
        o = self.outcome
        ending = f"deal on {o['date'] or 'round ' + str(o['round'])}" if o["agreement"] else ENDINGS[o["ending"]]
        shown = self.gains[["label", "unit", "no_deal", "deal", "gain"]].to_html(
            index=False, float_format="{:.3g}".format
        )
        return f"<b>{html.escape(o['title'])}</b>, seed {o['seed']}: {ending}{shown}"


def run(
    scenario: Scenario | str | Path,
    overrides: str | Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Record:
    """Run one negotiation.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario, a folder, or the name of one that ships.
    overrides : str or iterable of str
        Named patches of the scenario.
    settings : mapping, optional
        Dotted keys and values to set.
    seed : int
        Every use of chance follows from it.

    Returns
    -------
    Record

    Examples
    --------
    >>> record = run("two_neighbours", seed=1)
    >>> record.offers["by"].iloc[0]
    'uplandia'
    """
    return record_of(negotiate(as_scenario(scenario, overrides, settings), seed))


def negotiate(scenario: Scenario, seed: int) -> NegotiationModel:
    """Return the finished model of one negotiation."""
    model = NegotiationModel(scenario, rng=seed, collect=False)
    try:
        while model.running:
            model.step()
    finally:
        release(model)
    return model


def outcome_of(model: NegotiationModel) -> dict[str, Any]:
    """Return everything about how a finished negotiation ended, ready for JSON."""
    scenario = model.scenario_spec
    document = scenario.document
    seats = model.negotiators
    menu = model.current.menu
    no_deal = model.no_deal_today
    reserve = np.array([n.situations[no_deal] for n in seats])
    flows = np.stack([_menu_flows(model, n) for n in seats], axis=1)
    if len(seats) == 2:  # with more seats the filter costs more than it saves
        flows = flows[undominated(flows, menu.codes)]
    theory: dict[str, Any] = {"no_deal": no_deal}
    agreed = None
    if model.deal_components is not None:
        agreed = np.array(_expected_of_deal(model))
        rational = np.all(flows >= reserve, axis=1)
        ideal = np.max(np.where(rational[:, np.newaxis], flows, -np.inf), axis=0) - reserve
        theory["share_of_attainable_gain"] = {
            n.name: None if not math.isfinite(i) or i <= 0 else float((a - r) / i)
            for n, a, r, i in zip(seats, agreed, reserve, ideal, strict=True)
        }
        theory["gain_lost"] = gain_lost(agreed, flows, reserve)
        found = winners(flows, reserve, np.array([n.party.scale for n in seats]))
        for name, indices in found.items():
            near = [] if indices is None else [distance(agreed, flows[k], flows, reserve) for k in indices]
            theory[f"distance_to_{name}"] = min(near) if near else None
    return {
        "title": document.title,
        "question": document.question,
        "invented": document.invented,
        **run_key(scenario, model.streams.seed),
        "seats": [n.name for n in seats],
        "ending": model.ending,
        "agreement": model.agreement,
        "date": model.date.isoformat() if model.date else None,
        "day": model.day,
        "round": model.round,
        "phase": model.phase,
        "moves": len(model.offers),
        "deadline": _iso(model, model.timetable.deadline),
        "deadline_moved_to": None if model.moved_to is None else _iso(model, model.moved_to),
        "signed": model.signed,
        "package": model.deal,
        "vote": model.vote,
        "gains": model.gains,
        "pressure": {table.name: _pressed(model, table.name) for table in model.home},
        "payments": {table.name: table.paid for table in model.home if table.paid},
        "theory": theory,
        "drawn": {n.name: _drawn(n) for n in seats},
    }


def _menu_flows(model: NegotiationModel, n: Negotiator) -> Any:
    """Return what a seat expects from the packages of the menu, under the lines that stand."""
    return model.parliament.anticipated(
        model.current, n.party.flows(model.current.menu.components, n.weights), n.no_deal
    )


def _expected_of_deal(model: NegotiationModel) -> list[float]:
    """Return what the seats expected of the deal when they signed it: a vote could still fail."""
    assert model.deal_components is not None
    chance = 1.0 if model.vote is None else model.vote["expected_chance"]
    return [n.expects(model.deal_components, chance) for n in model.negotiators]


def _pressed(model: NegotiationModel, group: str) -> dict[str, float]:
    """Return mean and highest pressure of a group, and how often levels of its members turned round again."""
    rows = [row for row in model.pressures if row["group"] == group]
    by_round = {row["round"]: row["pressure"] for row in rows}
    levels: dict[str, list[int]] = {}
    for row in rows:
        levels.setdefault(row["party"], []).append(row["level"])
    return {
        "mean": math.fsum(by_round.values()) / len(by_round),
        "highest": max(by_round.values()),
        "reversals": sum(reversals(path) for path in levels.values()),
    }


def _iso(model: NegotiationModel, day: float) -> str | None:
    date = model.timetable.date(day)
    return None if date is None else date.isoformat()


def _drawn(n: Negotiator) -> dict[str, Any]:
    return {
        "weights": dict(zip(n.party.weights, n.drawn_weights.tolist(), strict=True)),
        "factors": dict(zip(n.party.weights, n.factors.tolist(), strict=True)),
        "tactic": n.tactic,
        "tactic_parameters": n.tactic_parameters,
        "acceptance": n.acceptance,
        "floor_share": n.floor_share,
        "line_strength": n.line_strength,
        "extension_belief": n.extension_belief,
        "hope": n.hope,
        "hurry": n.hurry.on(n.talks.day),
    }


def record_of(model: NegotiationModel) -> Record:
    """Turn a finished model into a record."""
    scenario = model.scenario_spec
    outcome = outcome_of(model)
    weights = {n.name: n.weights for n in model.negotiators}
    theory = solve(scenario, weights, model.no_deal_today, model.current, model.parliament.expected)
    levels = situations(scenario)
    shown: dict[str, Any] = {
        "status_quo": levels.get(STATUS_QUO),
        "no_deal": levels.get(model.no_deal_today),
        "deal": None,
    }
    if model.deal is not None:
        off_table = {n: i.status_quo for n, i in scenario.document.issues.items() if not i.on_table}
        shown["deal"] = {**off_table, **model.deal}
    packages = pd.DataFrame(theory.rows())
    if model.deal is not None:
        chance = 1.0 if model.vote is None else model.vote["expected_chance"]
        row = theory.row("deal", model.deal, np.array(_expected_of_deal(model)), chance)
        packages = pd.concat([packages, pd.DataFrame([row])], ignore_index=True)
    frontier = theory.frontier[[*(f"gain_{seat}" for seat in outcome["seats"]), "chance"]]
    rational = (frontier >= 0).all(axis=1)
    if len(outcome["seats"]) > 2 and rational.any():
        frontier = frontier[rational].reset_index(drop=True)
    farm_costs, farm_exits = tables.farms(scenario, shown)
    return Record(
        outcome,
        tables.offers(model),
        tables.parties(model),
        packages,
        frontier,
        tables.gains(model),
        tables.accounts(scenario, shown),
        tables.issues(scenario, shown),
        tables.calendar(model),
        farm_costs,
        farm_exits,
        tables.terms(model, shown),
        tables.in_force(model),
        tables.home(model),
        tables.pressure(model),
        tables.lines(model),
        tables.groups(model),
    )

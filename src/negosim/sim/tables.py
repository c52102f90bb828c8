"""The tables of a record, each a tidy frame made from a finished model or from the scenario's economy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from negosim.core.incidence import INCIDENCE, cost_quantiles
from negosim.scenario.build import term_at, term_weight
from negosim.scenario.economy import LEVEL, inputs_of, market_number, numbers_of
from negosim.scenario.load import Scenario
from negosim.scenario.timetable import STATUS_QUO, situations
from negosim.sim.lines import as_row
from negosim.sim.model import NegotiationModel

Situations = Mapping[str, Mapping[str, Any] | None]
HOME_KEYS = ("round", "date", "day", "group", "government", "action")
LINE_COLUMNS = (
    "party", "label", "kind", "issue", "side", "level", "cost", "from_date", "from_day", "to_date", "to_day", "why",
)  # fmt: skip
N_QUANTILES = 200
"""Points at which the cost distribution of households is tabulated."""


def offers(model: NegotiationModel) -> pd.DataFrame:
    """Return one row a move: when, who, what, the package and what it is worth to every seat."""
    rows = []
    for entry in model.offers:
        row = {
            "round": entry["round"],
            "date": _date(model, entry["day"]),
            "day": entry["day"],
            "phase": entry["phase"],
            "exchange": entry["exchange"],
            "by": entry["by"],
            "action": entry["action"],
            "chance": None if entry["code"] is None else entry["chance"],
        }
        package = {} if entry["code"] is None else model.problem.space.package(entry["code"])
        row.update({name: package.get(name) for name in model.problem.space.names})
        for k, n in enumerate(model.negotiators):
            flow = None if entry["flows"] is None else entry["flows"][k]
            row[f"flow_{n.name}"] = flow
            row[f"gain_{n.name}"] = None if flow is None else flow - entry["no_deal"][k]
        rows.append(row)
    return pd.DataFrame(rows)


def parties(model: NegotiationModel) -> pd.DataFrame:
    """Return one row a party a round: what it would take, what it asks, what it thinks of the offers on the table."""
    rows = []
    at_table = set(model.problem.seats)
    for entry in model.history:
        row = {
            "round": entry["round"],
            "date": _date(model, entry["day"]),
            "day": entry["day"],
            "party": entry["party"],
            "role": "seat" if entry["party"] in at_table else "stakeholder",
        }
        row.update({key: entry[key] for key in ("no_deal", "reserve", "floor", "aspiration", "best")})
        row.update({f"gain_from_{seat}": entry["gains"].get(seat) for seat in model.problem.seats})
        row["stance"] = entry["stance"]
        rows.append(row)
    return pd.DataFrame(rows)


def gains(model: NegotiationModel) -> pd.DataFrame:
    """Return one row a party: its flow under status quo, no deal and deal, the gain, and the gain against its size."""
    document = model.scenario_spec.document
    rows = []
    no_deal_name = model.no_deal_today
    has_status_quo = STATUS_QUO in situations(model.scenario_spec)
    for p in model.participants:
        spec = document.parties.get(p.name)
        size, size_label = _size(model, p.name)
        no_deal = p.situations[no_deal_name]
        deal = None if model.deal_components is None else p.flow(model.deal_components)
        ending = no_deal if deal is None else deal
        rows.append(
            {
                "party": p.name,
                "label": p.label,
                "role": "seat" if p.name in model.problem.seats else "stakeholder",
                "country": "" if spec is None else spec.country,
                "unit": p.unit,
                "status_quo": p.situations[STATUS_QUO] if has_status_quo else None,
                "no_deal": no_deal,
                "deal": deal,
                "gain": ending - no_deal,
                "size": size,
                "size_label": size_label,
                "no_deal_percent_of_size": None if size is None else 100.0 * no_deal / size,
                "deal_percent_of_size": None if size is None or deal is None else 100.0 * deal / size,
            }
        )
    return pd.DataFrame(rows)


def _size(model: NegotiationModel, name: str) -> tuple[float | None, str]:
    """Return what a party's losses are measured against, and its label; for a group the sum over its members."""
    document = model.scenario_spec.document
    members = [document.parties[m] for m in (document.groups[name].members if name in document.groups else [name])]
    sizes = [model.central(member.size) for member in members if member.size is not None]
    if len(sizes) < len(members):
        return None, ""
    labels = dict.fromkeys(member.size_label for member in members)
    return math.fsum(sizes), next(iter(labels)) if len(labels) == 1 else "sizes of its members"


def accounts(scenario: Scenario, shown: Situations) -> pd.DataFrame:
    """Return the reported accounts in each situation."""
    names = [name for name, levels in shown.items() if levels]
    quantities = scenario.economy.at([dict(shown[name] or {}) for name in names]) if names else {}
    rows = []
    for name, account in scenario.document.accounts.items():
        if account.report and names:
            values = np.broadcast_to(scenario.economy.account(name).of(quantities), len(names))
            row: dict[str, Any] = {"account": name, "label": account.label, "unit": account.unit}
            row.update(dict.fromkeys(shown))
            row.update(zip(names, values.tolist(), strict=True))
            rows.append(row)
    return pd.DataFrame(rows, columns=["account", "label", "unit", *shown])


def issues(scenario: Scenario, shown: Situations) -> pd.DataFrame:
    """Return one row an issue: label, unit, range, who concedes, and its level in each situation."""
    rows = []
    for name, issue in scenario.document.issues.items():
        if issue.on_table:
            row: dict[str, Any] = {
                "issue": name,
                "label": issue.label,
                "unit": issue.unit,
                "lowest": issue.levels[0],
                "highest": issue.levels[-1],
                "levels": len(issue.levels),
                "words": " | ".join(level for level in issue.levels if isinstance(level, str)),
                "conceding": issue.conceding,
            }
            row.update({situation: None if not levels else levels.get(name) for situation, levels in shown.items()})
            rows.append(row)
    return pd.DataFrame(rows)


def calendar(model: NegotiationModel) -> pd.DataFrame:
    """Return rounds held, events and deadlines in the order of their days."""
    timetable = model.timetable
    rows: list[dict[str, Any]] = []

    def add(day: float, kind: str, label: str) -> None:
        rows.append({"date": _date(model, day), "day": day, "kind": kind, "label": label})

    days = dict.fromkeys(entry["day"] for entry in model.history)
    for number, day in enumerate(days, start=1):
        add(day, "round", f"round {number}")
    if timetable.start is not None:
        for name, event in model.scenario_spec.document.events.items():
            add(timetable.event_days[name], "event", event.label)
        if timetable.moves and max(days) >= timetable.announced:
            moved = model.moved_to is not None
            told = "in this run the deadline is moved" if moved else "in this run the deadline stays"
            add(timetable.announced, "letter", told)
    add(timetable.deadline, "deadline", "deadline")
    if model.moved_to is not None and model.letter_known:
        add(model.moved_to, "deadline", "new deadline")
    order = {"event": 0, "letter": 1, "round": 2, "deadline": 3}
    rows.sort(key=lambda row: (row["day"], order[row["kind"]]))
    return pd.DataFrame(rows)


def home(model: NegotiationModel) -> pd.DataFrame:
    """Return one row for each limit or sum that was demanded, granted, forced or given up at home, and for each answer."""
    names = model.problem.space.names
    rows: list[dict[str, Any]] = []
    for entry in model.home_moves:
        head = {"round": entry["round"], "date": _date(model, entry["day"]), "day": entry["day"]}
        head |= {key: entry[key] for key in ("group", "government", "action")}
        found = [as_row(line, names[line.issue]) for line in entry["lines"]]
        rows += [{**head, **{key: row[key] for key in ("issue", "side", "level")}} for row in found]
        if entry["amount"] is not None or not found:
            rows.append({**head, "amount": entry["amount"]})
    return pd.DataFrame(rows, columns=[*HOME_KEYS, "issue", "side", "level", "amount"])


def pressure(model: NegotiationModel) -> pd.DataFrame:
    """Return one row a member of a group a round: its threat and level, the group's pressure, and what it was promised."""
    rows = [{**entry, "date": _date(model, entry["day"])} for entry in model.pressures]
    return pd.DataFrame(rows, columns=["round", "date", "day", "group", "party", "threat", "level", "pressure", "paid"])


def lines(model: NegotiationModel) -> pd.DataFrame:
    """Return one row a red or public line on an issue: whose, what it says, and from when to when it stood."""
    rows = []
    for entry in model.lines.log:
        ends = entry["to_day"]
        rows.append(
            {
                "party": entry["party"],
                "label": entry["label"],
                **as_row(entry["line"], model.problem.space.names[entry["line"].issue]),
                "from_date": _date(model, entry["from_day"]),
                "from_day": entry["from_day"],
                "to_date": None if ends is None else _date(model, ends),
                "to_day": ends,
                "why": entry["why"],
            }
        )
    return pd.DataFrame(rows, columns=list(LINE_COLUMNS))


def groups(model: NegotiationModel) -> pd.DataFrame:
    """Return the groups that press a government at the table."""
    rows = []
    for table in model.home:
        spec = model.scenario_spec.document.groups[table.name].home
        payment = None if spec is None else spec.payment
        rows.append(
            {
                "group": table.name,
                "label": table.label,
                "government": table.government.name,
                "payment": "" if payment is None else payment.label,
                "payment_unit": "" if payment is None else payment.unit,
                "lobbying": table.thresholds.lobbying,
                "mobilised": table.thresholds.mobilised,
            }
        )
    columns = ["group", "label", "government", "payment", "payment_unit", "lobbying", "mobilised"]
    return pd.DataFrame(rows, columns=columns)


def farms(scenario: Scenario, shown: Situations) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cost distribution of every kind of farm, and price and exits in each situation and under full opening.

    Full opening is the lowest price that any package leads to.
    """
    document, economy = scenario.document, scenario.economy
    costs: list[dict[str, Any]] = []
    exits: list[dict[str, Any]] = []
    names = [name for name, levels in shown.items() if levels]
    points = economy.at([dict(shown[name] or {}) for name in names]) if names else {}
    for name, market in document.markets.items():
        if market.kind not in INCIDENCE:
            continue
        given = market.model_extra or {}
        kind = INCIDENCE[market.kind]
        numbers = {k: market_number(document, given[k], kind.takes[k]) for k in numbers_of(kind) if k in given}
        spread = {k: numbers[k] for k in ("base_price", "base_exit_share", "cost_spread")}
        for k, cost in enumerate(cost_quantiles(N_QUANTILES, **spread)):
            costs.append(
                {
                    "market": name,
                    "label": market.label,
                    "unit": market.price_unit,
                    "share": (k + 0.5) / N_QUANTILES,
                    "cost": float(cost),
                    "households": numbers["households"],
                }
            )
        price = given[inputs_of(kind)[0]]
        price = price if "." in price else LEVEL + price
        lowest = int(np.argmin(economy.on_grid[price]))
        for situation in (*shown, "full_opening"):
            if situation in names:
                at = {
                    q: np.broadcast_to(points[q], len(names))[names.index(situation)] for q in (price, *_results(name))
                }
            elif situation == "full_opening":
                at = {q: np.ravel(np.broadcast_to(economy.on_grid[q], economy.on_grid[price].shape))[lowest]
                      for q in (price, *_results(name))}  # fmt: skip
            else:
                continue
            exits.append(
                {
                    "market": name,
                    "label": market.label,
                    "unit": market.price_unit,
                    "situation": situation,
                    "price": float(at[price]),
                    "uncovered_share": float(at[f"{name}.uncovered_share"]),
                    "exit_share": float(at[f"{name}.exit_share"]),
                    "exits": float(at[f"{name}.exits"]),
                }
            )
    return (
        pd.DataFrame(costs, columns=["market", "label", "unit", "share", "cost", "households"]),
        pd.DataFrame(
            exits,
            columns=[
                "market",
                "label",
                "unit",
                "situation",
                "price",
                "uncovered_share",
                "exit_share",
                "exits",
            ],
        ),
    )


def terms(model: NegotiationModel, shown: Situations) -> pd.DataFrame:
    """Split every party's flow into its terms, in each situation and under the deal, at the weights of this run."""
    scenario = model.scenario_spec
    names = [name for name, levels in shown.items() if levels]
    levels = [dict(shown[name] or {}) for name in names]
    quantities = scenario.economy.at(levels) if levels else {}
    seated = {n.name: n.weights for n in model.negotiators}
    rows = []
    for name in scenario.document.party_order():
        party = scenario.document.parties[name]
        weights = seated.get(name, model.problem.party(name).default)
        for term in party.terms:
            k, factor = term_weight(scenario, party, term)
            factor *= 1.0 if k == 0 else float(weights[k - 1])
            values = (factor * term_at(scenario, term, quantities, levels) + 0.0).tolist() if levels else []
            row: dict[str, Any] = {"party": name, "label": party.label, "unit": party.unit, "term": term.name}
            row.update(dict.fromkeys(shown))
            row.update(zip(names, values, strict=True))
            rows.append(row)
        rows += _cost_of_lines(model, name, shown)
    return pd.DataFrame(rows)


def _cost_of_lines(model: NegotiationModel, name: str, shown: Situations) -> list[dict[str, Any]]:
    """Return what crossing each public line of a party that stood at the end costs it under the deal."""
    space, party = model.problem.space, model.scenario_spec.document.parties[name]
    rows = []
    for line in [line for line in model.lines.of(name) if not line.red]:
        row: dict[str, Any] = {"party": name, "label": party.label, "unit": party.unit}
        row["term"] = f"public line on {space.names[line.issue]}"
        row.update({situation: 0.0 if levels else None for situation, levels in shown.items()})
        if model.deal is not None:
            level = space.issues[line.issue].index(model.deal[space.names[line.issue]])
            row["deal"] = 0.0 - line.cost * float(line.crossing(space)[level])
        rows.append(row)
    return rows


def in_force(model: NegotiationModel) -> pd.DataFrame:
    """Return what was in force, and what no deal meant, from which day on: one row a change, one column an issue."""
    levels, timetable = situations(model.scenario_spec), model.timetable
    changes = [("in force", change.day, change.reference) for change in timetable.in_force]
    changes += [("no deal", change.known, change.reference) for change in timetable.no_deal]
    if model.letter_known and model.moved_to is not None:
        standing = [change for change in timetable.no_deal if change.known <= timetable.announced][-1]
        changes = [c for c in changes if c[0] == "in force" or c[1] < timetable.announced]
        changes.append(("no deal", timetable.announced, standing.moved))
        changes += [("no deal", c.known, c.moved) for c in timetable.no_deal if c.known > timetable.announced]
    rows = [
        {
            "what": what,
            "date": _date(model, day),
            "day": day,
            **{name: levels[reference][name] for name in model.problem.space.names},
        }
        for what, day, reference in changes
        if reference in levels and day <= model.day
    ]
    return pd.DataFrame(rows, columns=["what", "date", "day", *model.problem.space.names])


def _results(market: str) -> tuple[str, ...]:
    return tuple(f"{market}.{quantity}" for quantity in ("uncovered_share", "exit_share", "exits"))


def _date(model: NegotiationModel, day: float) -> str | None:
    date = model.timetable.date(day)
    return None if date is None else date.isoformat()

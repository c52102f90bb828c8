"""Talks made by hand, with politics at home: what figures and stories are tested on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from negosim.sim.record import Record

START = dt.date(2031, 3, 1)
DAYS = (0, 14, 28)
"""Of the three rounds."""


def dated(day: float) -> str:
    """Return the date of a day."""
    return (START + dt.timedelta(days=day)).isoformat()


def move(number: int, by: str, action: str, toll: float, herd: float, gains: tuple[float, float], chance: float = 1.0):
    """Return a row of the offers; no deal is worth 1 to the north and 10 to the south."""
    return {
        "round": number, "date": dated(DAYS[number - 1]), "day": float(DAYS[number - 1]), "phase": 1, "exchange": 1,
        "by": by, "action": action, "chance": chance, "toll": toll, "herd": herd,
        "flow_north": gains[0] + 1.0, "flow_south": gains[1] + 10.0, "gain_north": gains[0], "gain_south": gains[1],
    }  # fmt: skip


def at_home(number: int, action: str, **what: Any) -> dict[str, Any]:
    """Return a row of the home table: the trades turn to the north."""
    empty = {"issue": None, "side": None, "level": None, "amount": None}
    head = {"round": number, "date": dated(DAYS[number - 1]), "day": float(DAYS[number - 1])}
    return {**head, "group": "trades", "government": "north", "action": action, **empty, **what}


def felt(number: int, party: str, threat: float, level: int, pressure: float, paid: float = 0.0) -> dict[str, Any]:
    """Return a row of the pressure of the trades."""
    head = {"round": number, "date": dated(DAYS[number - 1]), "day": float(DAYS[number - 1])}
    return {
        **head,
        "group": "trades",
        "party": party,
        "threat": threat,
        "level": level,
        "pressure": pressure,
        "paid": paid,
    }


def line(party: str, label: str, kind: str, limit: tuple[str, str, float], days: tuple[float, float | None], why: str):
    """Return a row of the lines."""
    first, last = days
    return {
        "party": party, "label": label, "kind": kind, "issue": limit[0], "side": limit[1], "level": limit[2],
        "cost": None if kind == "red_line" else 3.0, "from_date": dated(first), "from_day": float(first),
        "to_date": None if last is None else dated(last), "to_day": last, "why": why,
    }  # fmt: skip


@pytest.fixture(scope="session")
def talks() -> Callable[..., Record]:
    """Return a function that makes talks of three rounds between north and south, whose trades press the north.

    Tables by name take the place of its own; entries of the outcome are given as ``outcome``.
    """

    def make(outcome: dict[str, Any] | None = None, **tables: pd.DataFrame) -> Record:
        names = {"miller": "Millers", "baker": "Bakers", "herder": "Herders"}
        stances = {
            "miller": "opposes supports supports",
            "baker": "opposes opposes waits",
            "herder": "indifferent " * 3,
        }
        made = {
            "offers": pd.DataFrame(
                [
                    move(1, "north", "offer", 0.0, 90.0, (8.0, -20.0)),
                    move(1, "south", "offer", 10.0, 10.0, (-4.0, 60.0)),
                    move(2, "north", "offer", 2.0, 50.0, (5.0, 10.0), 0.4),
                    move(2, "south", "offer", 8.0, 20.0, (1.0, 40.0)),
                    move(3, "north", "offer", 4.0, 30.0, (3.0, 30.0)),
                    move(3, "south", "accept", 4.0, 30.0, (3.0, 30.0)),
                ]
            ),
            "parties": pd.DataFrame(
                [
                    {"round": k + 1, "date": dated(day), "day": float(day), "party": name, "role": "stakeholder",
                     "stance": stances[name].split()[k]}
                    for k, day in enumerate(DAYS)
                    for name in names
                ]
            ),
            "packages": pd.DataFrame(
                {
                    "package": ["status quo", "no deal", "Nash", "deal"],
                    "toll": [6.0, 8.0, 4.0, 4.0],
                    "herd": [20.0, 20.0, 40.0, 30.0],
                    "gain_north": [0.5, 0.0, 4.0, 3.0],
                    "gain_south": [5.0, 0.0, 28.0, 30.0],
                }
            ),
            "frontier": pd.DataFrame(
                {"gain_north": [1.0, 2.0, 4.0, 6.0, 7.0], "gain_south": [50.0, 40.0, 28.0, 12.0, 4.0], "chance": 1.0}
            ),
            "gains": pd.DataFrame(
                [
                    {"party": name, "label": label, "role": role, "country": "", "unit": "mn_dal_per_year",
                     "status_quo": 0.5, "no_deal": no_deal, "deal": no_deal + 3.0, "gain": 3.0, "size": None,
                     "size_label": "", "no_deal_percent_of_size": None, "deal_percent_of_size": None}
                    for name, label, role, no_deal in (
                        ("north", "the North", "seat", 1.0),
                        ("south", "the South", "seat", 10.0),
                        *((party, label, "stakeholder", 2.0) for party, label in names.items()),
                    )
                ]
            ),
            "accounts": pd.DataFrame(columns=["account", "label", "unit", "status_quo", "no_deal", "deal"]),
            "issues": pd.DataFrame(
                {
                    "issue": ["toll", "herd"],
                    "label": ["Toll at the bridge", "Cattle on the southern meadows"],
                    "unit": ["percent", "thousand_units"],
                    "lowest": [0.0, 10.0],
                    "highest": [10.0, 90.0],
                    "levels": [6, 9],
                    "conceding": ["north", "south"],
                    "status_quo": [6.0, 20.0],
                    "no_deal": [8.0, 20.0],
                    "deal": [4.0, 30.0],
                }
            ),
            "calendar": pd.DataFrame(
                [
                    {"date": dated(day), "day": float(day), "kind": kind, "label": label}
                    for day, kind, label in (
                        (0, "round", "round 1"), (10, "event", "the fair opens"), (14, "round", "round 2"),
                        (20, "event", "the assembly is elected"), (28, "round", "round 3"), (28, "deadline", "deadline"),
                    )
                ]
            ),
            "farm_costs": pd.DataFrame(columns=["market", "label", "unit", "share", "cost", "households"]),
            "farm_exits": pd.DataFrame(columns=["market", "situation", "price", "exit_share", "exits"]),
            "terms": pd.DataFrame(columns=["party", "term"]),
            "in_force": pd.DataFrame(columns=["what", "date", "day"]),
            "home": pd.DataFrame(
                [
                    at_home(2, "demand", issue="toll", side="at_least", level=4.0),
                    at_home(2, "demand", amount=10.0),
                    at_home(2, "commitment", issue="toll", side="at_least", level=4.0),
                    at_home(2, "acceptance"),
                    at_home(3, "demand", issue="herd", side="at_most", level=20.0),
                    at_home(3, "demand", amount=30.0),
                    at_home(3, "payment", amount=20.0),
                    at_home(3, "protest"),
                    at_home(3, "forced", issue="herd", side="at_most", level=40.0),
                    at_home(3, "lapse", issue="toll", side="at_least", level=4.0),
                ]
            ),
            "pressure": pd.DataFrame(
                [
                    felt(1, "miller", 0.0, 0, 0.0), felt(1, "baker", 0.1, 0, 0.0),
                    felt(2, "miller", 0.4, 1, 0.5), felt(2, "baker", 0.2, 0, 0.5),
                    felt(3, "miller", 0.9, 2, 1.5, 20.0), felt(3, "baker", 0.5, 1, 1.5, 20.0),
                ]
            ),
            "lines": pd.DataFrame(
                [
                    line("south", "no more herds", "public_line", ("herd", "at_most", 60.0), (0, None), "from the start"),
                    line("north", "the bridge is ours", "red_line", ("toll", "at_most", 8.0), (14, 28), "event fair"),
                    line("north", "demand of the trades", "red_line", ("toll", "at_least", 4.0), (14, 28),
                         "demand of the trades"),
                    line("north", "hold the meadows", "red_line", ("herd", "at_most", 40.0), (28, None),
                         "pressure of the trades"),
                ]
            ),
            "groups": pd.DataFrame(
                [
                    {"group": "trades", "label": "the trades", "government": "north", "payment": "cheap flour",
                     "payment_unit": "mn_dal", "lobbying": 0.25, "mobilised": 0.6}
                ]
            ),
        }  # fmt: skip
        package = {"toll": 4.0, "herd": 30.0}
        ended = {
            "title": "Meadows and a bridge", "question": "", "invented": True, "applied": [], "seed": 2,
            "seats": ["north", "south"], "ending": "deal", "agreement": True, "date": dated(28), "day": 28.0, "round": 3,
            "phase": 1, "moves": 6, "signed": package, "package": package, "vote": None, "drawn": {},
            "pressure": {"trades": {"mean": 0.67, "highest": 1.5, "reversals": 1}}, "payments": {"trades": 20.0},
            "theory": {"share_of_attainable_gain": {"north": 0.5, "south": 0.6}, "gain_lost": 0.0,
                       "distance_to_nash": None},
        }  # fmt: skip
        return Record({**ended, **(outcome or {})}, **{**made, **tables})

    return make

"""What the tables of a record say, as stories and figures need it: labels, lines, what was tabled, what was signed and fell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from negosim.sim.record import Record


Array = NDArray[np.float64]


class Limit(NamedTuple):
    """A limit on an issue."""

    issue: str
    side: str
    """``at_least`` or ``at_most``."""
    level: float


class Line(NamedTuple):
    """Something that a party declared in public, with its limits, for as long as it stood."""

    party: str
    label: str
    kind: str
    """``red_line`` or ``public_line``."""
    limits: tuple[Limit, ...]
    first: float
    """Day from which it stood."""
    last: float | None
    """Day on which it ended; None where it still stood when the talks ended."""
    why: str


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries by column."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def is_pressed(record: Record) -> bool:
    """Return whether any group pressed a government."""
    return not record.pressure.empty


def group_labels(record: Record) -> dict[str, str]:
    """Return group → label of the groups that press a government, in the order of the scenario."""
    return dict(zip(record.groups["group"].astype(str), record.groups["label"].astype(str), strict=True))


def party_labels(record: Record) -> dict[str, str]:
    """Return party → label."""
    return dict(zip(record.gains["party"].astype(str), record.gains["label"].astype(str), strict=True))


def limits_in(rows: pd.DataFrame) -> tuple[Limit, ...]:
    """Return the limits that rows with issue, side and level hold; rows without an issue hold none."""
    rows = rows[rows["issue"].fillna("").astype(str) != ""]
    return tuple(
        Limit(str(issue), str(side), float(level))
        for issue, side, level in zip(rows["issue"], rows["side"], rows["level"], strict=True)
    )


def lines_of(record: Record) -> list[Line]:
    """Return the lines in the order of the days on which they were drawn."""
    rows = record.lines
    key = ["party", "label", "kind", "from_day", "to_day", "why"]
    found = []
    for _, group in rows.groupby(key, sort=False, dropna=False):
        first, last = group["from_day"].astype(float).iloc[0], group["to_day"].astype(float).iloc[0]
        party, label, kind, why = (str(group[name].fillna("").iloc[0]) for name in ("party", "label", "kind", "why"))
        end = None if math.isnan(last) else float(last)
        found.append(Line(party, label, kind, limits_in(group), float(first), end, why))
    return sorted(found, key=lambda line: line.first)


def home_moved(record: Record) -> bool:
    """Return whether lines came or went during the talks, or anybody lobbied: then packages changed in worth on the way."""
    start = float(record.offers["day"].min())
    lines = any(line.first > start or line.last is not None for line in lines_of(record))
    return lines or bool((record.pressure["level"] > 0).any())


def tabled(record: Record) -> pd.DataFrame:
    """Return the moves that put a package on the table: offers, and deals that were opened again."""
    rows: pd.DataFrame = record.offers[record.offers["action"].isin(["offer", "reopen"])]
    return rows


def ending(record: Record) -> str:
    """Return how the talks ended: ``deal``, ``rejected`` (signed, and voted down) or ``no_deal``."""
    return str(record.outcome.get("ending") or ("deal" if record.agreement else "no_deal"))


def fallen(record: Record) -> dict[str, Any] | None:
    """Return the move with which a package was signed that was voted down; None where none was."""
    accepted = record.offers[record.offers["action"] == "accept"]
    if ending(record) != "rejected" or accepted.empty:
        return None
    row = {str(name): value for name, value in accepted.iloc[-1].items()}
    return row | dict(record.outcome.get("signed") or {})


def gains_on_frontier(record: Record) -> Array:
    """Return the seats' gains at every efficient package, (n, seats)."""
    return record.frontier[[f"gain_{seat}" for seat in record.seats]].to_numpy(float)


def chances(record: Record) -> Array:
    """Return every efficient package's chance to pass at home, (n,): 1 where it needs no vote."""
    if "chance" not in record.frontier:
        return np.ones(len(record.frontier))
    return record.frontier["chance"].fillna(1.0).to_numpy(float)


def signed_package(record: Record) -> dict[str, Any]:
    """Return the levels of the package that was signed, also where it was voted down; nothing where none was signed."""
    return dict(record.outcome.get("signed") or record.outcome.get("package") or {})

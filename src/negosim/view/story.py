"""A negotiation told in dated lines, from the tables of its record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from negosim.view.at_home import AtHome, vote_held
from negosim.view.readings import fallen, party_labels, rows_of
from negosim.view.words import amount, long_date, signed, unit_words

if TYPE_CHECKING:
    import pandas as pd

    from negosim.sim.record import Record

STANCES = {"supports": "in favour", "opposes": "against", "indifferent": "indifferent", "waits": "waiting"}


def headline(record: Record) -> str:
    """Return how the talks ended, in one sentence."""
    o = record.outcome
    preposition = "on" if o["date"] else "in"
    signature = fallen(record)
    if signature is not None:
        return f"Signed {preposition} {_when(signature['date'], signature['round'])}, voted down: no deal."
    if not o["agreement"]:
        return f"No deal by {_when(o['date'], o['round'])}."
    moved = " under the moved deadline" if o["phase"] == 2 else ""
    return f"Deal {preposition} {_when(o['date'], o['round'])}{moved}, after {o['moves']} moves."


def _when(date: Any, number: int) -> str:
    return long_date(date) or f"round {number}"


TACTICS = {
    "boulware": "concedes late",
    "linear": "concedes evenly",
    "conceder": "concedes early",
    "hardliner": "holds one demand",
    "tit_for_tat": "answers concessions",
    "micro": "steps down whenever the other side does",
    "scripted": "plays from a script",
}
"""What a tactic does, in a few words."""


def story(record: Record) -> Iterator[tuple[str, list[str]]]:
    """Tell a negotiation round by round.

    Yields
    ------
    tuple of str and list of str
        A heading, and the lines under it: events since the last round, what happened at home, who offered what and what moved,
        who is for and against what is on the table. The vote on what was signed comes last.
    """
    labels = party_labels(record)
    issues = rows_of(record.issues)
    at_home = AtHome(record)
    last: dict[str, dict[str, Any]] = {}
    before: dict[str, Any] = {}
    stances: dict[str, str] = {}
    told = -1.0
    news = record.calendar[record.calendar["kind"].isin(["event", "letter"])]
    days = record.offers.groupby("round")["day"].first()
    for number, day in zip(days.index.tolist(), days.tolist(), strict=True):
        lines = [
            f"{long_date(row['date'])}: {row['label']}" for row in news.to_dict("records") if told < row["day"] <= day
        ]
        lines += at_home.lines(number, told, day)
        told = day
        moves = record.offers[record.offers["round"] == number]
        for row in rows_of(moves):
            lines.append(_move(row, before, last.get(row["by"]), labels, issues, record.seats))
            before = row
            if row["action"] in ("offer", "reopen"):
                last[row["by"]] = row
        watching = record.parties[(record.parties["round"] == number) & (record.parties["role"] == "stakeholder")]
        lines += _stances(watching, labels, stances)
        date = moves["date"].iloc[0]
        yield (f"Round {number}" + (f", {long_date(date)}" if isinstance(date, str) else "")), lines
    held = vote_held(record)
    if held:
        date = long_date(record.outcome["vote"]["date"])
        yield "The vote at home" + (f", {date}" if date else ""), held


def _move(
    row: dict[str, Any],
    before: dict[str, Any],
    own: dict[str, Any] | None,
    labels: dict[str, str],
    issues: list[dict[str, Any]],
    seats: list[str],
) -> str:
    """Tell a move, given the move before it and the last package of the same side."""
    who = labels[row["by"]]
    if row["action"] == "accept":
        return f"{who}: yes"
    if row["action"] == "reject":
        answer = "to the re-opened deal" if before.get("action") == "reopen" else "as the closing answer"
        return f"{who}: no, {answer} (to a gain of {signed(row['gain_' + row['by']])})"
    if row["action"] == "pass":
        return f"{who}: no offer"
    worth = ", ".join(f"{labels[s]} {signed(row[f'gain_{s}'])}" for s in seats)
    if row.get("chance", 1.0) < 1.0:
        worth += f"; passes with {100 * row['chance']:.0f} percent"
    if row["action"] == "reopen":
        return f"{who}, the deal re-opened from above: {'; '.join(_changes(row, before, issues))} [{worth}]"
    changed = _changes(row, own, issues)
    if own is None:
        what = f"first demand: {'; '.join(changed) or 'the status quo'}"
    else:
        what = f"new offer: {'; '.join(changed)}" if changed else "the same offer"
    return f"{who}, {what} [{worth}]"


def _changes(row: dict[str, Any], before: dict[str, Any] | None, issues: list[dict[str, Any]]) -> list[str]:
    """Return what differs from an earlier package, or from the status quo where there is none."""
    changed = []
    for issue in issues:
        name = issue["issue"]
        unit = unit_words(issue["unit"])
        shown = f"{amount(row[name])}{' ' + unit if unit and not isinstance(row[name], str) else ''}"
        if before is None:
            if row[name] != issue["status_quo"]:
                changed.append(f"{_short(name)} {shown}")
        elif row[name] != before[name]:
            changed.append(f"{_short(name)} {amount(before[name])} → {shown}")
    return changed


def _short(issue: str) -> str:
    return issue.replace("_", " ")


def _stances(watching: pd.DataFrame, labels: dict[str, str], known: dict[str, str]) -> list[str]:
    """Name the stakeholders whose stance changed."""
    groups: dict[str, list[str]] = {}
    for row in watching.itertuples():
        party, stance = str(row.party), str(row.stance)
        if known.get(party) != stance:
            groups.setdefault(stance, []).append(labels[party])
            known[party] = stance
    if not groups:
        return []
    return ["Watching, now " + "; ".join(f"{STANCES[stance]}: {', '.join(who)}" for stance, who in groups.items())]

"""What ``negosim check`` prints: a scenario as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.table import Table

from negosim.core.space import describe_levels
from negosim.scenario import schema
from negosim.scenario.home import pressing
from negosim.scenario.load import Scenario
from negosim.scenario.sources import tally
from negosim.view.politics import politics
from negosim.view.tables import table
from negosim.view.words import amount, long_date, unit_words


def overview(scenario: Scenario) -> Iterator[Any]:
    """Yield what a sound scenario is made of: issues, calendar, parties, matrix of interests, overrides, sources."""
    document, space = scenario.document, scenario.economy.space
    yield f"{document.title}{' (invented)' if document.invented else ''}: sound"
    if document.question:
        yield document.question
    yield ""
    issues = table("Issues", "#", "issue", "what", "levels", "unit", "status quo", "no deal", "conceded by",
                   right=("#", "status quo", "no deal"))  # fmt: skip
    for name, issue in document.issues.items():
        number = str(space.names.index(name) + 1) if name in space.names else ""
        issues.add_row(number, name, issue.label, _levels(issue), unit_words(issue.unit), amount(issue.status_quo),
                       amount(issue.no_deal), _label(document, issue.conceding))  # fmt: skip
    yield issues
    yield f"{space.size:,} packages in {len(scenario.problem.blocks)} blocks of issues that act together"
    yield ""
    yield from _calendar(scenario)
    yield parties(document)
    yield ""
    yield from politics(scenario)
    yield matrix(scenario)
    yield "Best minus worst over the levels of an issue, the others at their status quo; the arrow shows which end is liked."
    yield ""
    if document.overrides:
        overrides = table("Overrides (--with NAME)", "name", "asks")
        for name, override in document.overrides.items():
            overrides.add_row(name, override.asks)
        yield overrides
        yield ""
    if document.values:
        yield counts(document)


def _levels(issue: schema.Issue) -> str:
    if not issue.on_table:
        return "off the table"
    numbers = [level for level in issue.levels if not isinstance(level, str)]
    if len(numbers) > 3:
        return f"{numbers[0]:g} to {numbers[-1]:g}, {len(numbers)} levels"
    return describe_levels(issue.levels)


def _label(document: schema.Document, party: str) -> str:
    if party in document.groups:
        return document.groups[party].label
    return document.parties[party].label if party in document.parties else ""


def _calendar(scenario: Scenario) -> Iterator[str]:
    timetable = scenario.timetable
    seats = " and ".join(_label(scenario.document, seat) for seat in scenario.document.seats)
    if timetable.start is None:
        yield f"{seats} meet in {len(timetable.rounds)} rounds of {timetable.exchanges_per_round} exchanges."
    else:
        rounds = timetable.phase(-1.0, timetable.deadline)
        first, last = (long_date(timetable.date(day)) for day in (rounds[0], timetable.deadline))
        yield (
            f"{seats} meet in {len(rounds)} rounds of {timetable.exchanges_per_round} exchanges "
            f"from {first} to the deadline on {last}."
        )
        moves = [f"{long_date(timetable.date(m.day))} with probability {m.probability:g}" for m in timetable.moves]
        if moves:
            yield f"The deadline may be moved to {', '.join(moves)}."
    yield ""


def counts(document: schema.Document) -> str:
    """Return how many values there are of each kind, and how many facts were accounted for."""
    tallied = tally(document)
    kinds = ", ".join(f"{tallied[kind]} {kind}" for kind in schema.KINDS if tallied[kind])
    used = sum(bool(fact.used_by) for fact in document.facts.values())
    facts = f"; {len(document.facts)} facts, {used} of them used" if document.facts else ""
    return f"{len(document.values)} values: {kinds}; {tallied['hindsight']} marked as hindsight{facts}"


def parties(document: schema.Document) -> Table:
    """Return the table of parties: who sits at the table and who watches, and which weights the others cannot see."""
    grouped = {member: name for name, group in document.groups.items() for member in group.members}
    pressers = pressing(document)
    shown = table("Parties", "party", "label", "role", "country", "unit", "seat", "private weights")
    shown.columns[0].no_wrap = True  # an id is there to be copied
    for name in document.party_order():
        party = document.parties[name]
        seated = name in document.seats or grouped.get(name) in document.seats
        where = "at the table" if seated else f"in {grouped[name]}" if grouped.get(name) in pressers else "watches"
        shown.add_row(name, party.label, party.role, party.country, unit_words(party.unit),
                      where, ", ".join(party.private))  # fmt: skip
    return shown


def matrix(scenario: Scenario) -> Table:
    """Return the table of parties × issues: how much each party cares, and in which direction."""
    problem, document = scenario.problem, scenario.document
    space = problem.space
    home = np.array(
        [_nearest(document.issues[name], issue.levels) for name, issue in zip(space.names, space.issues, strict=True)]
    )
    columns = tuple(str(i + 1) for i in range(len(space.names)))
    shown = table("Who cares about which issue (#)", "party", "unit", *columns, right=columns)
    for name in document.party_order():
        party = document.parties[name]
        cells = []
        for i, issue in enumerate(space.issues):
            indices = np.repeat(home[None, :], len(issue.levels), axis=0)
            indices[:, i] = np.arange(len(issue.levels))
            flows = problem.party(name).flows(problem.components(space.encode(indices)))
            swing = float(np.ptp(flows))
            arrow = "" if isinstance(issue.levels[0], str) else "↑" if flows[-1] > flows[0] else "↓"
            cells.append("" if swing == 0.0 else f"{amount(swing, 2)}{arrow}")
        shown.add_row(party.label, unit_words(party.unit), *cells)
    return shown


def _nearest(spec: schema.Issue, levels: tuple[float | str, ...]) -> int:
    if spec.status_quo is None or isinstance(spec.status_quo, str):
        return levels.index(spec.status_quo) if spec.status_quo is not None else 0
    return int(np.argmin([abs(float(level) - spec.status_quo) for level in levels]))


def sources(scenario: Scenario) -> Iterator[Any]:
    """Yield every value with its kind, range and source, then the counts."""
    document = scenario.document
    values = table("Values", "value", "number", "range", "unit", "kind", "source", "note", right=("number", "range"))
    for name, value in document.values.items():
        low, high = value.range
        span = "fixed" if low == high else f"{low:g} to {high:g}"
        kind = f"{value.kind}{', hindsight' if value.hindsight else ''}"
        values.add_row(name, f"{value.value:g}", span, value.unit, kind, value.source, value.note)
    yield values
    yield ""
    yield counts(document)

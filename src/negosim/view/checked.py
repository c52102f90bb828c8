"""What ``negosim check`` and ``negosim solve`` print: a scenario and its theory as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.table import Table

from negosim.core.space import describe_levels
from negosim.scenario import schema
from negosim.scenario.load import Scenario
from negosim.scenario.solve import SOLUTIONS, Solution
from negosim.scenario.sources import tally
from negosim.view.words import amount, long_date, signed, unit_words


def table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    """Return an empty table; the columns named in ``right`` are aligned to the right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def overview(scenario: Scenario) -> Iterator[Any]:
    """Yield what a sound scenario is made of: issues, calendar, matrix of interests, overrides, sources."""
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
        first, last = (long_date(_iso(scenario, day)) for day in (rounds[0], timetable.deadline))
        yield (
            f"{seats} meet in {len(rounds)} rounds of {timetable.exchanges_per_round} exchanges "
            f"from {first} to the deadline on {last}."
        )
        moves = [f"{long_date(_iso(scenario, m.day))} with probability {m.probability:g}" for m in timetable.moves]
        if moves:
            yield f"The deadline may be moved to {', '.join(moves)}."
    yield ""


def _iso(scenario: Scenario, day: float) -> str:
    date = scenario.timetable.date(day)
    return date.isoformat() if date else ""


def counts(document: schema.Document) -> str:
    """Return how many values there are of each kind, and how many facts were accounted for."""
    tallied = tally(document)
    kinds = ", ".join(f"{tallied[kind]} {kind}" for kind in schema.KINDS if tallied[kind])
    used = sum(bool(fact.used_by) for fact in document.facts.values())
    facts = f"; {len(document.facts)} facts, {used} of them used" if document.facts else ""
    return f"{len(document.values)} values: {kinds}; {tallied['hindsight']} marked as hindsight{facts}"


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


def solution(found: Solution) -> Iterator[Any]:
    """Yield the tables of a solution."""
    document = found.scenario.document
    yield f"{document.title}{' (invented)' if document.invented else ''}"
    yield (
        f"{found.problem.space.size:,} packages; {len(found.packages):,} efficient, "
        f"{found.n_rational:,} of them at least as good as no deal for every seat"
    )
    yield ""
    rows = found.rows()
    names = [row["package"] for row in rows]
    columns = [f"{name} {k + 1}" if names.count(name) > 1 else name for k, name in enumerate(names)]
    levels = table("Packages", "issue", "unit", *columns, right=tuple(columns))
    for issue in found.problem.space.issues:
        levels.add_row(issue.label or issue.name, unit_words(issue.unit), *(amount(row[issue.name]) for row in rows))
    yield levels
    yield ""
    gains = table("Gain over no deal", "seat", "unit", *columns, right=tuple(columns))
    for seat in found.problem.seats:
        party = found.problem.party(seat)
        gains.add_row(party.label or seat, unit_words(party.unit), *(signed(row[f"gain_{seat}"]) for row in rows))
    yield gains
    yield ""
    missing = [label for name, label in SOLUTIONS.items() if found.winners[name] is None]
    if missing:
        yield f"No package is as good as no deal for every seat, so there is no {', '.join(missing)} solution."
    money = document.common_money
    if money:
        yield f"Egalitarian and utilitarian compare seats in {unit_words(money)}; the other two need no common money."


def solution_data(found: Solution) -> dict[str, Any]:
    """Return a solution as plain data."""
    return {
        "scenario": found.scenario.name,
        "applied": list(found.scenario.applied),
        "digest": found.scenario.digest,
        "packages": found.problem.space.size,
        "efficient": len(found.packages),
        "efficient_and_rational": found.n_rational,
        "solutions": found.rows(),
    }

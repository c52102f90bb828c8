"""What ``negosim solve`` prints: the packages that bargaining theory singles out, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from negosim.scenario.load import Scenario
from negosim.scenario.solve import SOLUTIONS, Solution
from negosim.view.tables import table
from negosim.view.words import amount, signed, unit_words


def solution(scenario: Scenario, found: Solution) -> Iterator[Any]:
    """Yield the tables of a solution."""
    document = scenario.document
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
    ratification = document.ratification
    if ratification is not None and found.problem.vote is not None:
        chances = ["" if row["chance"] is None else amount(100.0 * row["chance"]) for row in rows]
        gains.add_row(f"passes {ratification.label}", "percent", *chances)
    yield gains
    yield ""
    if ratification is not None and found.problem.vote is not None:
        needed = [name for name in ratification.issues if name in found.problem.space.names]
        yield (
            f"A package that moves {' or '.join(needed)} from the status quo needs {ratification.label}; gains count the "
            "chance that it passes. 100 where no vote is needed."
        )
    missing = [label for name, label in SOLUTIONS.items() if found.winners[name] is None]
    if missing:
        yield f"No package is as good as no deal for every seat, so there is no {', '.join(missing)} solution."
    private = sorted({w for seat in found.problem.seats for w in found.problem.party(seat).weights})
    if private:
        yield "Private weights stand at their central values; a run draws its own, so its Nash package is another."
    money = document.common_money
    if money:
        yield f"Egalitarian and utilitarian compare seats in {unit_words(money)}; the other two need no common money."


def solution_data(scenario: Scenario, found: Solution) -> dict[str, Any]:
    """Return a solution as plain data."""
    return {
        "scenario": scenario.name,
        "applied": list(scenario.applied),
        "digest": scenario.digest,
        "packages": found.problem.space.size,
        "efficient": len(found.packages),
        "efficient_and_rational": found.n_rational,
        "solutions": found.rows(),
    }

"""Domestic politics of a scenario in tables: who presses whom for what, which lines may stand, which packages need a vote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from negosim.scenario import schema
from negosim.scenario.home import pressing
from negosim.scenario.load import Scenario
from negosim.scenario.politics import Commitment
from negosim.view.tables import table
from negosim.view.words import amount, unit_words


def politics(scenario: Scenario) -> Iterator[Any]:
    """Yield the groups that press a government, the lines that parties at the table may declare, and what needs a vote."""
    yield from _groups(scenario)
    yield from _lines(scenario)
    yield from _vote(scenario)


def _groups(scenario: Scenario) -> Iterator[Any]:
    document = scenario.document
    if not pressing(document):
        return
    shown = table("At home (before each round)", "group", "presses", "may demand", "is given", "or money", "raises")
    shown.columns[0].no_wrap = True
    for name, (_, home) in pressing(document).items():
        wanted = [f"{issue} at least" for issue in home.at_least] + [f"{issue} at most" for issue in home.at_most]
        payment = home.payment
        money = "–"
        if payment is not None:
            largest = amount(scenario.number(payment.amounts[-1]))
            money = f"{payment.label}, up to {largest} {unit_words(payment.unit)}"
        raises = [f"{w} by {amount(100.0 * scenario.number(s))} percent a level" for w, s in home.raises.items()]
        shown.add_row(
            name,
            document.parties[home.government].label,
            ", ".join(wanted) or "–",
            home.commitment.replace("_", " ") if wanted else "–",
            money,
            ", ".join(raises) or "–",
        )
    yield shown
    yield "Levels of pressure: 0 quiet, 1 lobbying, 2 mobilised. Limits are worked out from what the members claim."
    yield ""


def _lines(scenario: Scenario) -> Iterator[Any]:
    document = scenario.document
    shown = table("Lines", "line", "of", "kind", "limits", "comes")
    for seat in document.seats:
        party = document.parties.get(seat)
        for name, commitment in party.commitments.items() if party and document.mechanisms.lines else ():
            shown.add_row(
                commitment.label,
                party.label if party else seat,
                commitment.kind.replace("_", " "),
                _limits(scenario, commitment),
                _comes(document, seat, name, commitment),
            )
    if shown.row_count:
        yield shown
        yield ""


def _limits(scenario: Scenario, commitment: Commitment) -> str:
    limits = [
        f"{issue} {side} {amount(scenario.number(level))} {unit_words(scenario.document.issues[issue].unit)}".rstrip()
        for side, given in (("at least", commitment.at_least), ("at most", commitment.at_most))
        for issue, level in given.items()
    ]
    return ", ".join(limits)


def _comes(document: schema.Document, party: str, name: str, commitment: Commitment) -> str:
    ways = ["from the start"] if commitment.from_start else []
    ways += [f"with {event}" for event, e in document.events.items() if name in e.declares.get(party, [])]
    ways += [f"until {event}" for event, e in document.events.items() if name in e.releases.get(party, [])]
    ways += [
        f"under pressure of {group}"
        for group, (_, home) in pressing(document).items()
        if home.government == party and home.forces == name
    ]
    return ", ".join(ways) or "not in these talks"


def _vote(scenario: Scenario) -> Iterator[str]:
    vote, ratification = scenario.problem.vote, scenario.document.ratification
    if vote is None or ratification is None:
        return
    issues = [scenario.economy.space.names[i] for i, _ in vote.kept]
    yield f"A package that moves {' or '.join(issues)} from the status quo needs a vote: {ratification.label}."
    yield ""

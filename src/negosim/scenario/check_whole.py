"""What can be asked only once all parts fit: is everything used, is every issue valued, does every number come out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negosim.core.kinds import OutOfRangeError
from negosim.errors import NegosimError
from negosim.scenario import schema
from negosim.scenario.economy import KINDS, LEVEL, Arrays, Economy, inputs_of, market_order
from negosim.scenario.read import Complaint, KeyPath
from negosim.scenario.sources import named

if TYPE_CHECKING:
    from negosim.scenario.load import Scenario

Leaf = tuple[KeyPath, Any]
"""A plain value of the document, and its key."""


def unused_complaints(document: schema.Document, leaves: list[Leaf]) -> Iterator[Complaint]:
    """Yield values, accounts, markets, sources and levels that nothing uses."""
    used = {leaf[1:] for _, leaf in leaves if isinstance(leaf, str) and leaf.startswith("@")}
    for name in document.values:
        if name not in used:
            yield ("values", name), f'nothing uses this value; use it as "@{name}" or remove it'
    entries = {entry for account in document.accounts.values() for entry in account.sum}
    terms = [term for party in document.parties.values() for term in party.terms]
    arguments = {term.account for term in terms} | {term.quantity for term in terms}
    inputs = {
        given
        for market in document.markets.values()
        for given in (market.model_extra or {}).values()
        if isinstance(given, str)
    }
    for name, account in document.accounts.items():
        if not account.report and name not in entries | arguments:
            yield ("accounts", name), "nothing uses this account; set report = true to show it, or remove it"
    for name in document.markets:
        if not any(entry.startswith(f"{name}.") for entry in entries | arguments | inputs):
            yield ("markets", name), "no account, term or market uses a quantity of this market"
    sections = (document.values, document.facts, document.issues, document.events)
    cited = {entry.source for section in sections for entry in section.values()}
    for name in document.sources:
        if name not in cited:
            yield ("sources", name), "no value, fact, issue or event cites this source; cite it or remove it"
    if document.deadline and document.deadline.no_deal and not document.deadline.moves:
        yield (
            ("deadline", "no_deal"),
            "says what no deal means once the deadline has moved, but 'moves' lists no other date",
        )


def unvalued_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield issues on the table that no seat's utility depends on."""
    reach: dict[str, set[str]] = {LEVEL + name: {name} for name in document.issues}
    for name in market_order(document):
        market = document.markets[name]
        kind = KINDS[market.kind]
        arguments = [(market.model_extra or {})[key] for key in inputs_of(kind)]
        issues = {i for a in arguments for i in reach[a if "." in a else LEVEL + a]}
        reach.update({f"{name}.{quantity}": issues for quantity in kind.units})

    def of(entry: str) -> set[str]:
        if entry in reach:
            return reach[entry]
        return {i for inner in document.accounts[entry].sum for i in of(inner)}

    valued: set[str] = set()
    for seat in document.seats:
        for name in document.groups[seat].members if seat in document.groups else [seat]:
            for term in document.parties[name].terms:
                valued |= set(term.issues)
                valued |= set() if term.issues else of(term.account or term.quantity or LEVEL + term.issue)
    for name, issue in document.issues.items():
        if issue.on_table and name not in valued:
            yield (
                ("issues", name),
                "no party at the table values this issue; give one of them a term for it, or set on_table = false",
            )


def number_complaints(scenario: Scenario) -> Iterator[Complaint]:
    """Yield what cannot be computed: parameters out of range, quantities and terms that are no finite number.

    What is computed on the way stays with the scenario, so nothing is computed twice.
    """
    with np.errstate(all="ignore"):
        found = list(_quantities(scenario))
        if found:
            yield from found
            return
        try:
            _ = scenario.problem
        except (NegosimError, ArithmeticError) as error:
            yield from list(_terms(scenario)) or [(("parties",), str(error))]


def _quantities(scenario: Scenario) -> Iterator[Complaint]:
    try:
        parts = _everywhere(scenario.economy)
    except (OutOfRangeError, ArithmeticError):
        yield from _refused(scenario)
        return
    seen: set[str] = set()
    for part in parts:
        for quantity, array in part.items():
            market = quantity.partition(".")[0]
            if market not in seen and not np.isfinite(array).all():
                seen.add(market)
                yield (
                    ("markets", market),
                    f"'{quantity}' is no finite number at some level of the issues; check the numbers of this market",
                )


def _everywhere(economy: Economy) -> list[Arrays]:
    """Evaluate the markets at all levels on the grid, and in all situations without a deal."""
    from negosim.scenario.timetable import situations

    levels = list(situations(economy.scenario).values())
    return [economy.on_grid, *([economy.at(levels)] if levels else [])]


def _refused(scenario: Scenario) -> Iterator[Complaint]:
    """Find every market that refuses a number, by adding one market after another."""
    document = scenario.document
    sound: list[str] = []
    for name in market_order(document):
        given = document.markets[name].model_extra or {}
        takes = [str(given[key]) for key in inputs_of(KINDS[document.markets[name].kind])]
        if any("." in argument and argument.partition(".")[0] not in sound for argument in takes):
            continue
        economy = Economy(scenario, only=[*sound, name])
        try:
            _everywhere(economy)
        except (OutOfRangeError, ArithmeticError) as error:
            key = getattr(error, "parameter", "")
            yield ("markets", name, key) if key else ("markets", name), f"{error}{_origin(document, given.get(key))}"
        else:
            sound.append(name)


def _origin(document: schema.Document, given: object) -> str:
    """Say where a refused number comes from, and that percentages count as fractions."""
    value = named(document, given)
    issue = document.issues.get(str(given))
    what = f" (the value '{str(given)[1:]}'" if value else f" (at a level of '{given}'" if issue else ""
    percent = (value or issue) is not None and (value or issue).unit == "percent"  # type: ignore[union-attr]
    return f"{what}{', percent as a fraction' if percent else ''})" if what else ""


def _terms(scenario: Scenario) -> Iterator[Complaint]:
    """Find the terms that are not finite or too large to tabulate."""
    from negosim.scenario.build import term_pieces, term_weight

    for name, party in scenario.document.parties.items():
        for k, term in enumerate(party.terms):
            here: KeyPath = ("parties", name, "terms", k)
            try:
                arrays: list[NDArray[np.float64]] = [values for _, values in term_pieces(scenario, term)]
                _, factor = term_weight(scenario, party, term)
            except (NegosimError, ArithmeticError) as error:
                yield here, f"{error}; use coarser levels, or split the term"
                continue
            if not all(np.isfinite(array * factor).all() for array in arrays):
                hint = "; log1p needs (x - offset) / scale above -1" if term.form == "log1p" else ""
                yield here, f"the term '{term.name}' is no finite number at some level of the issues{hint}"

"""What can be asked only once all parts fit: is everything used, is every issue valued, does every number come out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negosim.core.kinds import OutOfRangeError
from negosim.core.problem import NO_DEAL
from negosim.errors import NegosimError
from negosim.scenario import schema
from negosim.scenario.check_flows import quantity
from negosim.scenario.check_politics import overridden
from negosim.scenario.check_talks import behaviours
from negosim.scenario.economy import KINDS, LEVEL, Arrays, Economy, FlatSum, inputs_of, market_order
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
    supports = document.ratification.support if document.ratification else []
    arguments = {term.account for term in terms} | {term.quantity for term in terms}
    arguments |= {support.account for support in supports} | {support.quantity for support in supports}
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


def idle_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield commitments that nobody ever makes, and groups, votes and principals that wait for what does not come."""
    seats = _seats(document)
    for name, group in document.groups.items():
        if group.home and group.home.government not in seats and name not in seats:
            yield (
                ("groups", name, "home", "government"),
                f"'{group.home.government}' holds no seat, so nothing that it grants matters; allowed: "
                f"{', '.join(seat for seat in seats if seat in document.parties)}",
            )
    if document.ratification and document.ratification.government not in seats:
        yield (
            ("ratification", "government"),
            f"'{document.ratification.government}' holds no seat and signs no deal; allowed: {', '.join(seats)}",
        )
    for name, party in document.parties.items():
        for key in party.commitments:
            here: KeyPath = ("parties", name, "commitments", key)
            if name not in seats:
                yield here, f"'{name}' holds no seat of its own, so its lines bind nobody"
            elif not _brought(document, name, key):
                yield (
                    here,
                    "nothing brings this commitment; set from_start = true, or let an event declare it (events.NAME.declares) "
                    "or a group force it (groups.NAME.home.forces)",
                )
    yield from _out_of_turn(document)
    moves = document.deadline is not None and document.deadline.moves
    for where, behaviour in behaviours(document):
        if behaviour.principal and not moves and not overridden(document, "deadline"):
            yield (*where, "principal"), "never speaks, as the deadline has no 'moves' and so the talks no second phase"


def _seats(document: schema.Document) -> list[str]:
    """Return who holds a seat, in the scenario as it is or with one of its overrides."""
    given = [override.set.get("seats") for override in document.overrides.values()]
    seats = [*document.seats, *(str(name) for listed in given if isinstance(listed, list) for name in listed)]
    return list(dict.fromkeys(seats))


def _brought(document: schema.Document, party: str, key: str) -> bool:
    """Tell whether a commitment ever stands, with an override or without."""
    if document.parties[party].commitments[key].from_start:
        return True
    if any(key in event.declares.get(party, []) for event in document.events.values()):
        return True
    homes = [group.home for group in document.groups.values() if group.home]
    if any((home.government, home.forces) == (party, key) for home in homes):
        return True
    return overridden(document, f"parties.{party}.commitments.{key}.from_start") or any(
        repr(key) in repr([value])
        for override in document.overrides.values()
        for where, value in override.set.items()
        if where.startswith(("events.", "groups."))
    )


def _out_of_turn(document: schema.Document) -> Iterator[Complaint]:
    """Yield events that declare what stands already, or release what does not stand."""
    days = {
        name: event.date + dt.timedelta(days=quantity(document, event.delay_days) or 0.0)
        for name, event in document.events.items()
    }
    since = {
        (party, key): "from the start"
        for party, holder in document.parties.items()
        for key, commitment in holder.commitments.items()
        if commitment.from_start
    }
    for name in sorted(days, key=lambda name: (days[name], name)):
        event = document.events[name]
        for party, listed in event.releases.items():
            for k, key in enumerate(listed):
                if since.pop((party, key), None) is None:
                    yield ("events", name, "releases", party, k), f"'{key}' does not stand on {days[name]}"
        for party, listed in event.declares.items():
            for k, key in enumerate(listed):
                if (party, key) in since:
                    yield ("events", name, "declares", party, k), f"'{key}' stands already, {since[party, key]}"
                since.setdefault((party, key), f"since the event '{name}'")


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
        found = list(_support(scenario))
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
        for name, array in part.items():
            market = name.partition(".")[0]
            if market not in seen and not np.isfinite(array).all():
                seen.add(market)
                yield (
                    ("markets", market),
                    f"'{name}' is no finite number at some level of the issues; check the numbers of this market",
                )


def _support(scenario: Scenario) -> Iterator[Complaint]:
    """Find what moves the vote but cannot be computed."""
    from negosim.scenario.timetable import situations

    document, economy = scenario.document, scenario.economy
    ratification = document.ratification
    if ratification is None or not ratification.support:
        return
    without_deal = situations(scenario).get(NO_DEAL)
    if without_deal is None:
        lacking = [name for name, i in document.issues.items() if i.status_quo is None or i.no_deal is None]
        yield (
            ("ratification", "support"),
            f"is measured against no deal, but the issues do not say what that means ({', '.join(lacking)} without status_quo "
            "or no_deal); give these, or leave 'support' out",
        )
        return
    quantities = economy.at([without_deal])
    for k, support in enumerate(ratification.support):
        here: KeyPath = ("ratification", "support", k)
        flat = FlatSum({support.quantity: 1.0}, 0.0) if support.quantity else economy.account(support.account)
        base = float(np.ravel(flat.of(quantities))[0])
        if support.form == "relief" and base == 0.0:
            key = "quantity" if support.quantity else "account"
            yield (*here, "form"), f"'{getattr(support, key)}' is 0 without a deal, so there is nothing to relieve of"
            continue
        most = sum(abs(c) * float(np.abs(economy.on_grid[q]).max()) for q, c in flat.coefficients.items()) + abs(base)
        share = abs(base) if support.form == "relief" else 1.0
        if not np.isfinite(most * scenario.number(support.weight) / share):
            yield here, "is no finite number at some level of the issues; check the weight"


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

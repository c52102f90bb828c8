"""Do the parts of a scenario fit together? Every check yields (key, what is wrong); the loader reports all of them at once.

Checks that need others to hold first (a market's parameters before its formula, all names before the sums) come in stages:
a stage runs only if the stages before it found nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from negosim.core.acceptance import ACCEPTANCE
from negosim.core.beliefs import BELIEFS
from negosim.core.parameters import check_parameters
from negosim.core.protocol import PROTOCOLS
from negosim.core.tactics import BIDDING
from negosim.errors import NegosimError, nearest
from negosim.scenario import schema
from negosim.scenario.economy import (
    KINDS,
    LEVEL,
    UnitError,
    conversion,
    entry_unit,
    inputs_of,
    market_order,
    numbers_of,
)
from negosim.scenario.sources import fact_complaints, source_complaints

KeyPath = tuple[str | int, ...]
Complaint = tuple[KeyPath, str]

SECTIONS_WITH_NUMBERS = (
    "calendar",
    "deadline",
    "conversions",
    "groups",
    "markets",
    "accounts",
    "parties",
    "events",
)
STRUCTURAL = (
    "times",
    "sum",
    "offset",
    "scale",
    "table",
    "no_deal",
    "in_force",
    "in_force_at_start",
    "weights",
)
"""Keys under which a plain number is part of the form of the model rather than a quantity that needs a source."""


def complaints(document: schema.Document, folder: Path) -> list[Complaint]:
    """Return everything that is wrong with a document whose shape is right."""
    stages: tuple[Callable[[], Iterable[Complaint]], ...] = (
        lambda: [*_references(document), *_names(document), *source_complaints(document)],
        lambda: [*_markets(document), *_accounts(document), *_terms(document), *_behaviour(document, folder)],
        lambda: [*_dates(document), *_unused(document), *_unvalued(document), *fact_complaints(document)],
    )
    for stage in stages:
        found = list(stage())
        if found:
            return found
    return []


def unknown(what: str, name: str, allowed: Iterable[str]) -> str:
    """Word a complaint about a name that does not exist."""
    listed = sorted(allowed)
    shown = ", ".join(listed) if len(listed) <= 20 else f"{', '.join(listed[:20])}, … ({len(listed)} in all)"
    return f"no {what} '{name}'{nearest(name, listed)}; allowed: {shown or 'none are defined'}"


def walk(node: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every leaf of a nested structure with its path."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, (*path, key))
    elif isinstance(node, list | tuple):
        for k, value in enumerate(node):
            yield from walk(value, (*path, k))
    else:
        yield path, node


def numbers(document: schema.Document) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every leaf of the sections that may use sourced values."""
    dumped = document.model_dump(include=set(SECTIONS_WITH_NUMBERS), exclude_defaults=True, by_alias=True)
    yield from walk(dumped)


def _references(document: schema.Document) -> Iterator[Complaint]:
    for path, leaf in numbers(document):
        if isinstance(leaf, str) and leaf.startswith("@") and leaf[1:] not in document.values:
            yield path, unknown("value", leaf[1:], document.values)
        elif document.sourced and _needs_source(path, leaf):
            yield (
                path,
                (
                    f'found {leaf!r}; in a sourced scenario this has to be a value with a source: write "@name" and add '
                    "[values.name] with value, range, unit, kind, source, note"
                ),
            )


def _needs_source(path: KeyPath, leaf: Any) -> bool:
    if isinstance(leaf, bool) or not isinstance(leaf, int | float):
        return False
    return not any(key in STRUCTURAL for key in path) and path[-1] not in (
        "exchanges_per_round",
        "reserve",
        "rounds",
    )


def _names(document: schema.Document) -> Iterator[Complaint]:
    holders = {**document.parties, **document.groups}
    for k, name in enumerate(document.seats):
        if name not in holders:
            yield ("seats", k), unknown("party or group", name, holders)
    if len(set(document.seats)) != len(document.seats):
        yield ("seats",), "a party holds two seats"
    for name, group in document.groups.items():
        if name in document.parties:
            yield ("groups", name), "a party has this name already"
        for k, member in enumerate(group.members):
            if member not in document.parties:
                yield ("groups", name, "members", k), unknown("party", member, document.parties)
        for member in group.weights:
            if member not in group.members:
                yield ("groups", name, "weights", member), unknown("member", member, group.members)
        units = {document.parties[m].unit for m in group.members if m in document.parties}
        if len(units) > 1:
            yield ("groups", name, "members"), f"members count in different units: {', '.join(sorted(units))}"
    for name, issue in document.issues.items():
        if issue.conceding and issue.conceding not in document.parties:
            yield ("issues", name, "conceding"), unknown("party", issue.conceding, document.parties)
        yield from _levels(name, issue)
    for name, party in document.parties.items():
        for k, value in enumerate(party.private):
            if value not in document.values:
                yield ("parties", name, "private", k), unknown("value", value, document.values)
    if document.protocol.kind not in PROTOCOLS:
        yield ("protocol", "kind"), unknown("protocol", document.protocol.kind, PROTOCOLS)
    for where, levels in _level_tables(document):
        for issue_name, level in levels.items():
            if issue_name not in document.issues:
                yield (*where, issue_name), unknown("issue", issue_name, document.issues)
            elif (
                isinstance(document.issues[issue_name].levels[0], str)
                and level not in document.issues[issue_name].levels
            ):
                yield (
                    (*where, issue_name),
                    unknown("level", str(level), map(str, document.issues[issue_name].levels)),
                )
    for name, event in document.events.items():
        for party_name in event.line_factor:
            if party_name not in holders:
                yield (
                    ("events", name, "line_factor", party_name),
                    unknown("party or group", party_name, holders),
                )


def _levels(name: str, issue: schema.Issue) -> Iterator[Complaint]:
    for key in ("status_quo", "no_deal"):
        level = getattr(issue, key)
        if level is None:
            continue
        if isinstance(level, str) != isinstance(issue.levels[0], str):
            kind = "words" if isinstance(issue.levels[0], str) else "numbers"
            yield ("issues", name, key), f"found {level!r}, but the levels of this issue are {kind}"
        elif isinstance(level, str) and level not in issue.levels:
            yield ("issues", name, key), unknown("level", level, map(str, issue.levels))
    if not issue.on_table and issue.status_quo is None:
        yield ("issues", name, "on_table"), "an issue off the table needs a status_quo to stay at"


def _level_tables(document: schema.Document) -> Iterator[tuple[KeyPath, dict[str, float | str]]]:
    yield ("calendar", "in_force_at_start"), document.calendar.in_force_at_start
    if document.deadline:
        yield ("deadline", "no_deal"), document.deadline.no_deal
    for name, event in document.events.items():
        yield ("events", name, "in_force"), event.in_force
        yield ("events", name, "no_deal"), event.no_deal


def _markets(document: schema.Document) -> Iterator[Complaint]:
    known_quantities = {f"{m}.{q}" for m, market in document.markets.items() if market.kind in KINDS
                        for q in KINDS[market.kind].units}  # fmt: skip
    sound = True
    for name, market in document.markets.items():
        here: KeyPath = ("markets", name)
        if market.kind not in KINDS:
            yield (*here, "kind"), unknown("kind of market", market.kind, KINDS)
            sound = False
            continue
        kind = KINDS[market.kind]
        given = market.model_extra or {}
        allowed = (*inputs_of(kind), *numbers_of(kind))
        for key in given:
            if key not in allowed:
                yield (
                    (*here, key),
                    f"unknown key{nearest(key, allowed)}; a {market.kind} takes: {', '.join(allowed)}",
                )
        for key in inputs_of(kind):
            sources = [*document.issues, *known_quantities]
            if key not in given:
                yield (
                    here,
                    f"the input '{key}' is missing: an issue, or another market's quantity as 'market.quantity'",
                )
                sound = False
            elif given[key] not in sources:
                yield (*here, key), unknown("issue or quantity", str(given[key]), sources)
                sound = False
            elif given[key] in document.issues and isinstance(document.issues[given[key]].levels[0], str):
                yield (*here, key), f"the levels of '{given[key]}' are words; a market needs numbers"
                sound = False
        for key, default in numbers_of(kind).items():
            if key not in given and default is None:
                yield here, f"the number '{key}' is missing"
                sound = False
            elif key in given:
                try:
                    schema._number(given[key])
                except ValueError as error:
                    yield (*here, key), str(error)
                    sound = False
    if sound:
        try:
            market_order(document)
        except NegosimError as error:
            yield ("markets",), str(error)


def _accounts(document: schema.Document) -> Iterator[Complaint]:
    quantities = [f"{m}.{q}" for m, market in document.markets.items() if market.kind in KINDS
                  for q in KINDS[market.kind].units]  # fmt: skip
    levels = [LEVEL + name for name in document.issues]
    for name, account in document.accounts.items():
        for entry in account.sum:
            where: KeyPath = ("accounts", name, "sum", entry)
            if entry in levels:
                continue
            if entry not in quantities and entry not in document.accounts:
                yield (
                    where,
                    unknown("quantity, account or level", entry, [*quantities, *document.accounts, *levels]),
                )
                continue
            try:
                conversion(document, entry_unit(document, entry), account.unit)
            except UnitError as error:
                yield where, str(error)
    for name in document.accounts:
        circle = _circle(document, name, ())
        if circle:
            yield ("accounts", name), f"accounts contain each other in a circle: {' → '.join(circle)}"
            return


def _circle(document: schema.Document, name: str, above: tuple[str, ...]) -> tuple[str, ...]:
    if name in above:
        return (*above[above.index(name) :], name)
    for entry in document.accounts[name].sum:
        if entry in document.accounts:
            found = _circle(document, entry, (*above, name))
            if found:
                return found
    return ()


def _terms(document: schema.Document) -> Iterator[Complaint]:
    quantities = [f"{m}.{q}" for m, market in document.markets.items() if market.kind in KINDS
                  for q in KINDS[market.kind].units]  # fmt: skip
    for party_name, party in document.parties.items():
        names: set[str] = set()
        for k, term in enumerate(party.terms):
            here: KeyPath = ("parties", party_name, "terms", k)
            if term.name in names:
                yield (*here, "name"), f"two terms are called '{term.name}'"
            names.add(term.name)
            for key, known in (
                ("account", document.accounts),
                ("quantity", quantities),
                ("issue", document.issues),
            ):
                given = getattr(term, key)
                if given and given not in known:
                    yield (*here, key), unknown(key, given, known)
            for j, issue in enumerate(term.issues):
                if issue not in document.issues:
                    yield (*here, "issues", j), unknown("issue", issue, document.issues)
            if term.issue in document.issues:
                yield from _issue_term(document.issues[term.issue], term, here)
            if term.scale == 0:
                yield (*here, "scale"), "found 0, allowed: any other number"
        weights = {term.weight[1:] for term in party.terms if isinstance(term.weight, str)}
        for k, value in enumerate(party.private):
            if value not in weights:
                yield (
                    ("parties", party_name, "private", k),
                    (
                        f"'{value}' is no weight of a term of this party{nearest(value, weights)}; "
                        f"its weights: {', '.join(sorted(weights)) or 'none'}"
                    ),
                )
        if party.reserve is None:
            for issue_name, issue_spec in document.issues.items():
                for key in ("status_quo", "no_deal"):
                    if getattr(issue_spec, key) is None:
                        yield (
                            ("issues", issue_name),
                            (
                                f"'{key}' is missing: party '{party_name}' has no 'reserve', so no deal is worked out from "
                                "the levels that hold without a deal"
                            ),
                        )


def _issue_term(issue: schema.Issue, term: schema.Term, here: KeyPath) -> Iterator[Complaint]:
    words = isinstance(issue.levels[0], str)
    if term.form != "table":
        if words:
            yield (*here, "form"), f"the levels of '{term.issue}' are words; use the form table"
        return
    if isinstance(term.table, list):
        if len(term.table) != len(issue.levels):
            yield (
                (*here, "table"),
                f"{len(term.table)} values for {len(issue.levels)} levels of '{term.issue}'",
            )
        return
    known = {str(level) if words else _plain(level) for level in issue.levels}
    keys = {key if words else _plain(key): key for key in term.table}
    for key in keys:
        if key not in known:
            yield (*here, "table", keys[key]), unknown(f"level of '{term.issue}'", keys[key], known)
    for level in sorted(known - set(keys)):
        yield (*here, "table"), f"the level '{level}' of '{term.issue}' has no value"


def _plain(level: float | str) -> str:
    try:
        return f"{float(level):.10g}"
    except ValueError:
        return str(level)


def _behaviour(document: schema.Document, folder: Path) -> Iterator[Complaint]:
    holders: list[tuple[KeyPath, schema.Behaviour]] = [
        (("parties", n), p) for n, p in document.parties.items()
    ]
    holders += [(("groups", n, "behaviour"), g.behaviour) for n, g in document.groups.items()]
    for where, behaviour in holders:
        total = 0.0
        for k, tactic in enumerate(behaviour.tactics):
            here: KeyPath = (*where, "tactics", k)
            if tactic.name == "scripted":
                yield from _script(document, folder, tactic, here)
            else:
                yield from _rule(BIDDING, tactic.name, tactic.model_extra or {}, here, document)
            chance = _value(document, tactic.probability)
            total += chance
            if not 0.0 <= chance <= 1.0:
                yield (*here, "probability"), f"found {chance:g}, allowed: 0 to 1"
        if not behaviour.tactics or not math.isclose(total, 1.0, abs_tol=1e-9):
            yield (*where, "tactics"), f"the probabilities of the tactics add up to {total:g}, not to 1"
        acceptance = behaviour.acceptance
        yield from _rule(
            ACCEPTANCE, acceptance.name, acceptance.model_extra or {}, (*where, "acceptance"), document
        )
        belief = behaviour.belief
        yield from _rule(BELIEFS, belief.name, belief.model_extra or {}, (*where, "belief"), document)
        for key, low, high in (("line.strength", 0, math.inf), ("line.share", 0, 1), ("extension.belief", 0, 1),
                               ("extension.hope", 0, math.inf), ("floor.share", 0, 1),
                               ("floor.second_phase_factor", 0, math.inf)):  # fmt: skip
            table, _, field = key.partition(".")
            given = getattr(getattr(behaviour, table), field, None) if getattr(behaviour, table) else None
            if given is not None and not low <= _value(document, given) <= high:
                yield (*where, table, field), f"found {_value(document, given):g}, allowed: {low} to {high}"


def _value(document: schema.Document, given: float | str) -> float:
    return document.values[given[1:]].value if isinstance(given, str) else given


def _rule(
    table: Any, name: str, given: dict[str, Any], here: KeyPath, document: schema.Document
) -> Iterator[Complaint]:
    """Check a named rule against its table, with the central and the extreme values of its parameters."""
    plain: dict[str, Any] = {}
    for key, value in given.items():
        if isinstance(value, str) and value.startswith("@"):
            if value[1:] not in document.values:
                return
            for bound in document.values[value[1:]].range:
                try:
                    check_parameters(table, name, {key: bound})
                except (NegosimError, ValueError) as error:
                    yield (*here, key), str(error)
                    return
            plain[key] = document.values[value[1:]].value
        else:
            plain[key] = value
    try:
        check_parameters(table, name, plain)
    except (NegosimError, ValueError) as error:
        key = next((k for k in plain if f"'{k}'" in str(error) or f".{k} " in str(error)), "name")
        yield (*here, key), str(error)


def _script(
    document: schema.Document, folder: Path, tactic: schema.Tactic, here: KeyPath
) -> Iterator[Complaint]:
    from negosim.scenario.script import read_script

    extra = dict(tactic.model_extra or {})
    file = extra.pop("script", None)
    for key in extra:
        yield (*here, key), f"unknown key{nearest(key, ['script'])}; a scripted player takes: script"
    if not isinstance(file, str):
        yield here, "a scripted player needs 'script', the name of a CSV file in the scenario's folder"
        return
    try:
        read_script(document, folder / file)
    except NegosimError as error:
        yield (*here, "script"), str(error)


def _dates(document: schema.Document) -> Iterator[Complaint]:
    calendar, deadline = document.calendar, document.deadline
    dated = not isinstance(calendar.rounds, int)
    if dated and calendar.start is None:
        yield ("calendar",), "'start' is missing: rounds have dates"
        return
    if not dated:
        if calendar.start is not None:
            yield (
                ("calendar", "start"),
                "a scenario whose 'rounds' is a number has no dates; list the dates of the rounds",
            )
        if deadline is not None:
            yield ("deadline",), "a deadline has a date; list the dates of the rounds in [calendar]"
        for name in document.events:
            yield ("events", name), "an event has a date; list the dates of the rounds in [calendar]"
        return
    assert isinstance(calendar.rounds, list)
    assert calendar.start is not None
    if not calendar.rounds:
        yield ("calendar", "rounds"), "no round; list at least one date"
        return
    for k, (a, b) in enumerate(zip(calendar.rounds, calendar.rounds[1:], strict=False)):
        if b <= a:
            yield ("calendar", "rounds", k + 1), f"{b} does not come after {a}; dates of rounds have to rise"
    if calendar.rounds[0] < calendar.start:
        yield (
            ("calendar", "rounds", 0),
            f"{calendar.rounds[0]} comes before the start of the calendar, {calendar.start}",
        )
    last = calendar.rounds[-1]
    if deadline is not None:
        last = deadline.date
        if deadline.date < calendar.rounds[0]:
            yield ("deadline", "date"), f"{deadline.date} comes before the first round, {calendar.rounds[0]}"
        if deadline.announced and not calendar.start <= deadline.announced <= deadline.date:
            yield (
                ("deadline", "announced"),
                f"{deadline.announced} lies outside {calendar.start} to {deadline.date}",
            )
        total = 0.0
        for j, move in enumerate(deadline.moves):
            total += _value(document, move.probability)
            last = max(last, move.to)
            if move.to <= deadline.date:
                yield (
                    ("deadline", "moves", j, "to"),
                    f"{move.to} does not come after the deadline, {deadline.date}",
                )
        if total > 1.0 + 1e-9:
            yield ("deadline", "moves"), f"the probabilities add up to {total:g}, more than 1"
    elif len(calendar.rounds) < 1:
        yield ("calendar", "rounds"), "no round"
    horizon = _value(document, calendar.horizon_years) * 365.0
    if horizon <= (last - calendar.start).days:
        yield (
            ("calendar", "horizon_years"),
            f"the horizon ends {horizon:.0f} days after the start, before the last round",
        )
    for name, event in document.events.items():
        if event.hindsight and document.cut_off and event.date <= document.cut_off:
            yield ("events", name, "hindsight"), f"{event.date} is not after the cut-off, {document.cut_off}"


def _unused(document: schema.Document) -> Iterator[Complaint]:
    used = {leaf[1:] for _, leaf in numbers(document) if isinstance(leaf, str) and leaf.startswith("@")}
    used |= {v for party in document.parties.values() for v in party.private}
    for name in document.values:
        if name not in used:
            yield ("values", name), "nothing uses this value"
    entries = {entry for account in document.accounts.values() for entry in account.sum}
    terms = [term for party in document.parties.values() for term in party.terms]
    arguments = {term.account for term in terms} | {term.quantity for term in terms}
    inputs = {
        v
        for market in document.markets.values()
        for v in (market.model_extra or {}).values()
        if isinstance(v, str)
    }
    for name, account in document.accounts.items():
        if not account.report and name not in entries | arguments:
            yield ("accounts", name), "nothing uses this account; set report = true to show it, or remove it"
    for name in document.markets:
        if not any(entry.startswith(f"{name}.") for entry in entries | arguments | inputs):
            yield ("markets", name), "no account, term or market uses a quantity of this market"


def _unvalued(document: schema.Document) -> Iterator[Complaint]:
    """Issues that no seat's utility depends on."""
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

    seated = [
        m
        for seat in document.seats
        for m in (document.groups[seat].members if seat in document.groups else [seat])
    ]
    valued: set[str] = set()
    for party in (document.parties[name] for name in seated):
        for term in party.terms:
            valued |= set(term.issues)
            valued |= of(term.account or term.quantity or LEVEL + term.issue) if not term.issues else set()
    for name, issue in document.issues.items():
        if issue.on_table and name not in valued:
            yield (
                ("issues", name),
                "no party at the table values this issue; give it a term or set on_table = false",
            )

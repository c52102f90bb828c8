"""Do markets, accounts and terms fit together? Names, units and forms; nothing is computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

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
from negosim.scenario.fields import number
from negosim.scenario.read import Complaint, KeyPath
from negosim.scenario.sources import named


def unknown(what: str, name: str, allowed: Iterable[str]) -> str:
    """Word a complaint about a name that does not exist."""
    listed = sorted(allowed)
    shown = ", ".join(listed) if len(listed) <= 20 else f"{', '.join(listed[:20])}, … ({len(listed)} in all)"
    return f"no {what} '{name}'{nearest(name, listed)}; allowed: {shown or 'none, as none are defined'}"


def no_level(issue: str, level: float | str, levels: Iterable[float | str]) -> str:
    """Word a complaint about a level that an issue does not have."""
    known = [_plain(other) for other in levels]
    few = ", ".join(known[:20]) + (f", … ({len(known)} in all)" if len(known) > 20 else "")
    return f"'{issue}' has no level '{_plain(level)}'{nearest(_plain(level), known)}; allowed: {few}"


def quantity(document: schema.Document, given: float | str) -> float | None:
    """Return a number or what a value stands for; None for a value that does not exist."""
    if not isinstance(given, str):
        return given
    value = named(document, given)
    return None if value is None else value.value


def quantities(document: schema.Document) -> list[str]:
    """Return all quantities of all markets of a known kind, as ``market.quantity``."""
    return [
        f"{name}.{quantity}"
        for name, market in document.markets.items()
        if market.kind in KINDS
        for quantity in KINDS[market.kind].units
    ]


def in_doubt(document: schema.Document, entry: str) -> bool:
    """Tell whether an entry names a market whose kind is wrong, which is reported there."""
    market = document.markets.get(entry.partition(".")[0])
    return "." in entry and market is not None and market.kind not in KINDS


def market_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is wrong with markets: kinds, inputs, numbers, circles."""
    sound = True
    known = quantities(document)
    for name, market in document.markets.items():
        for complaint in _market(document, name, market, known):
            yield complaint
            sound = False
    if sound:
        try:
            market_order(document)
        except NegosimError as error:
            yield ("markets",), str(error)
    first: dict[frozenset[str], int] = {}
    for k, entry in enumerate(document.conversions):
        here: KeyPath = ("conversions", k)
        for key, unit in (("from", entry.source_unit), ("to", entry.target_unit)):
            if not schema.MONEY.fullmatch(unit):
                yield (*here, key), f'found "{unit}", allowed: a unit of money such as "bn_usd_per_year"'
        pair = frozenset(unit.split("_")[1] for unit in (entry.source_unit, entry.target_unit) if "_" in unit)
        if first.setdefault(pair, k) != k:
            yield (
                here,
                f"a rate between {' and '.join(sorted(pair))} stands twice; first at conversions.{first[pair]}, and one does for "
                "both directions and all scales",
            )
        rate = quantity(document, entry.divide_by)
        if rate is not None and rate <= 0:
            yield (*here, "divide_by"), f"found {rate:g}, allowed: a number above 0"


def _market(document: schema.Document, name: str, market: schema.Market, known: list[str]) -> Iterator[Complaint]:
    here: KeyPath = ("markets", name)
    if name == LEVEL.rstrip("."):
        yield here, f"a market cannot be called '{name}': '{LEVEL}NAME' stands for the level of an issue"
    if market.kind not in KINDS:
        yield (*here, "kind"), unknown("kind of market", market.kind, KINDS)
        return
    kind = KINDS[market.kind]
    given = market.model_extra or {}
    inputs, numbers = inputs_of(kind), numbers_of(kind)
    fixed = [key for key in type(market).model_fields if key not in given]
    for key in given:
        if key not in (*inputs, *numbers):
            listed = ", ".join((*inputs, *numbers))
            yield (
                (*here, key),
                f"unknown key{nearest(key, (*inputs, *numbers, *fixed))}; a market of kind {market.kind} takes: {listed}",
            )
    misspelt = [key for key in given if key not in (*inputs, *numbers)]
    for key in inputs:
        if key not in given:
            if not nearest(key, misspelt):
                yield (
                    (*here, key),
                    'is missing; give the name of an issue, or another market\'s quantity as "market.quantity"',
                )
        elif given[key] not in (*document.issues, *known):
            if not in_doubt(document, str(given[key])):
                yield (*here, key), unknown("issue or quantity", str(given[key]), [*document.issues, *known])
        elif given[key] in document.issues and isinstance(document.issues[given[key]].levels[0], str):
            yield (*here, key), f"the levels of '{given[key]}' are words; a market needs numbers"
    for key, default in numbers.items():
        if key not in given:
            if default is None and not nearest(key, misspelt):
                yield (*here, key), f'is missing; a market of kind {market.kind} needs this number, e.g. "@name"'
            continue
        try:
            number(given[key])
        except ValueError as error:
            yield (*here, key), str(error)


def account_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is wrong with accounts: entries that do not exist, units that do not add up, circles."""
    known = quantities(document)
    levels = [LEVEL + name for name in document.issues]
    entries = [*known, *document.accounts, *levels]
    for name, account in document.accounts.items():
        for entry in account.sum:
            where: KeyPath = ("accounts", name, "sum", entry)
            if entry in levels:
                if isinstance(document.issues[entry.removeprefix(LEVEL)].levels[0], str):
                    yield where, "the levels of this issue are words; they cannot be added up"
            elif in_doubt(document, entry):
                continue
            elif entry not in entries:
                yield where, unknown("quantity, account or level", entry, entries)
            else:
                yield from _convertible(document, entry_unit(document, entry), account.unit, where)
    for name in document.accounts:
        circle = _circle(document, name, ())
        if circle:
            yield ("accounts", circle[0]), f"accounts contain each other in a circle: {' → '.join(circle)}"
            break
    money = document.common_money
    if not money:
        return
    if not schema.MONEY.fullmatch(money):
        yield ("common_money",), f'found "{money}", allowed: a unit of money such as "bn_usd_per_year"'
        return
    for name, party in document.parties.items():
        if schema.MONEY.fullmatch(party.unit):
            yield from _convertible(document, party.unit, money, ("parties", name, "unit"))


def _convertible(document: schema.Document, source: str, target: str, here: KeyPath) -> Iterator[Complaint]:
    """Yield a complaint where no conversion joins two units; faulty conversions are reported elsewhere."""
    sound = all(
        schema.MONEY.fullmatch(entry.source_unit)
        and schema.MONEY.fullmatch(entry.target_unit)
        and quantity(document, entry.divide_by)
        for entry in document.conversions
    )
    try:
        if sound:
            conversion(document, source, target)
    except UnitError as error:
        yield here, str(error)


def _circle(document: schema.Document, name: str, above: tuple[str, ...]) -> tuple[str, ...]:
    if name in above:
        return (*above[above.index(name) :], name)
    for entry in document.accounts[name].sum:
        if entry in document.accounts:
            found = _circle(document, entry, (*above, name))
            if found:
                return found
    return ()


def term_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is wrong with terms, with private weights, and with what no deal means."""
    known_quantities = quantities(document)
    for party_name, party in document.parties.items():
        names: set[str] = set()
        for k, term in enumerate(party.terms):
            here: KeyPath = ("parties", party_name, "terms", k)
            if term.name in names:
                yield (*here, "name"), f"two terms are called '{term.name}'"
            names.add(term.name)
            known: Collection[str]
            for key, known in (
                ("account", document.accounts),
                ("quantity", known_quantities),
                ("issue", document.issues),
            ):
                given = getattr(term, key)
                if given and given not in known and not in_doubt(document, given):
                    yield (*here, key), unknown(key, given, known)
            for j, name in enumerate(term.issues):
                if name not in document.issues:
                    yield (*here, "issues", j), unknown("issue", name, document.issues)
                elif document.issues[name].status_quo is None:
                    yield (*here, "issues", j), f"'{name}' has no status_quo, so it cannot be said to have moved"
            if term.issue in document.issues:
                yield from _issue_term(document.issues[term.issue], term, here)
            if quantity(document, term.scale) == 0:
                yield (*here, "scale"), "found 0, allowed: any other number"
        weights = {term.weight[1:] for term in party.terms if isinstance(term.weight, str)}
        for k, value in enumerate(party.private):
            if value in document.values and value not in weights:
                yield (
                    ("parties", party_name, "private", k),
                    f"'{value}' is no weight of a term of this party{nearest(value, weights)}; "
                    f"allowed: {', '.join(sorted(weights)) or 'none, as no term has a value for a weight'}",
                )
    yield from _no_deal(document)


def _no_deal(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is missing to say what no deal is worth: a number of each party, or levels of each issue."""
    lacking = {
        name: [
            key
            for key in ("status_quo", "no_deal")
            if getattr(issue, key) is None and (issue.on_table or key == "no_deal")
        ]
        for name, issue in document.issues.items()
    }
    lacking = {name: keys for name, keys in lacking.items() if keys}
    without = [name for name, party in document.parties.items() if party.reserve is None]
    if not lacking or not without:
        return
    if 2 * len(without) <= len(document.parties):
        for name in without:
            yield (
                ("parties", name, "reserve"),
                f"is missing; it says what no deal is worth, as the issues do not ({', '.join(lacking)} without "
                "status_quo or no_deal)",
            )
        return
    for name, keys in lacking.items():
        yield (
            ("issues", name, keys[0]),
            f"{' and '.join(keys)} {'is' if len(keys) == 1 else 'are'} missing; no deal is worked out from the levels that "
            "hold without a deal (or give every party a 'reserve')",
        )


def _issue_term(issue: schema.Issue, term: schema.Term, here: KeyPath) -> Iterator[Complaint]:
    words = isinstance(issue.levels[0], str)
    if term.form != "table":
        if words:
            yield (*here, "form"), f'found "{term.form}", allowed: "table", as the levels of \'{term.issue}\' are words'
        return
    if isinstance(term.table, list):
        if len(term.table) != len(issue.levels):
            yield (
                (*here, "table"),
                f"found {len(term.table)} values for the {len(issue.levels)} levels of '{term.issue}'",
            )
        return
    known = {_plain(level): level for level in issue.levels}
    given: dict[str, str] = {}
    for written in term.table:
        key = written if words else _plain(written)
        if given.setdefault(key, written) != written:
            yield (
                (*here, "table", written),
                f'the level {key} of \'{term.issue}\' stands twice, as "{given[key]}" and as "{written}"',
            )
    for key, written in given.items():
        if key not in known:
            yield (*here, "table", written), no_level(term.issue, written, issue.levels)
    missing = [level for level in known if level not in given]
    if missing and not any(key not in known for key in given):
        few = ", ".join(missing[:6]) + (f", … ({len(missing)} in all)" if len(missing) > 6 else "")
        yield (
            (*here, "table"),
            f"no value for {'these levels' if len(missing) > 1 else 'this level'} of '{term.issue}': {few}",
        )


def _plain(level: float | str) -> str:
    try:
        return f"{float(level):.10g}"
    except ValueError:
        return str(level)

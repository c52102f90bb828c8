"""Are numbers given in the units that are wanted? Only sourced values have a unit; of plain numbers nothing can be said.

No unit is converted on the way into a market, a constant, an offset or a level, except percent into fractions; so a value in
another unit than the one wanted would be taken for a number in that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from negosim.core.kinds import MarketKind
from negosim.scenario import schema
from negosim.scenario.economy import KINDS, inputs_of, quantity_unit
from negosim.scenario.politics import Commitment, Home
from negosim.scenario.read import Complaint, KeyPath
from negosim.scenario.sources import named

PLAIN = ("index", "factor", "none")
"""Units of pure numbers; one may stand for another."""
FRACTION = ("percent", "share", *PLAIN)
ACCEPTED = {"share": FRACTION, "elasticity": ("elasticity", "none"), "years": ("years",)}
"""What a kind of market takes, and the units it may be given in; whatever is not listed is taken in its own unit only."""


def unit_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield the values that stand where another unit is wanted, and the terms in another money than their party's.

    Every name in the document has to resolve.
    """
    for name, market in document.markets.items():
        yield from _market(document, name, market, KINDS[market.kind])
    for k, entry in enumerate(document.conversions):
        yield from _rate(document, entry, ("conversions", k, "divide_by"))
    for name, account in document.accounts.items():
        yield from _wanted(document, account.plus, _same(account.unit), ("accounts", name, "plus"))
    yield from _wanted(document, document.calendar.horizon_years, ("years",), ("calendar", "horizon_years"))
    for where, levels in level_tables(document):
        for name, level in levels.items():
            yield from _wanted(document, level, _same(document.issues[name].unit), (*where, name))
    for name, party in document.parties.items():
        here: KeyPath = ("parties", name)
        yield from _wanted(document, party.size, _same(party.unit), (*here, "size"))
        for key in ("start", "end") if party.delay_cost else ():
            given = getattr(party.delay_cost, key)
            yield from _wanted(document, given, _same(party.unit), (*here, "delay_cost", key))
        for k, term in enumerate(party.terms):
            yield from _term(document, party, term, (*here, "terms", k))
        for key, commitment in party.commitments.items():
            yield from _commitment(document, party, commitment, (*here, "commitments", key))
    for name, group in document.groups.items():
        if group.home:
            yield from _home(document, group, group.home, ("groups", name, "home"))
    yield from _votes(document)


def level_tables(document: schema.Document) -> Iterator[tuple[KeyPath, dict[str, float | str]]]:
    """Yield every table of levels that hold without a deal, beside those of the issues themselves."""
    yield ("calendar", "in_force_at_start"), document.calendar.in_force_at_start
    if document.deadline:
        yield ("deadline", "no_deal"), document.deadline.no_deal
    for name, event in document.events.items():
        yield ("events", name, "in_force"), event.in_force
        yield ("events", name, "no_deal"), event.no_deal


def _same(unit: str) -> tuple[str, ...]:
    return PLAIN if unit in PLAIN else (unit,)


def _wanted(document: schema.Document, given: object, units: Iterable[str], here: KeyPath) -> Iterator[Complaint]:
    """Yield a complaint where a sourced value is in none of the units wanted."""
    value = named(document, given)
    allowed = list(dict.fromkeys(units))
    if value is not None and value.unit not in allowed:
        yield here, f"found a value in {value.unit}, allowed: {' or '.join(allowed)}; no unit is converted here"


def _market(document: schema.Document, name: str, market: schema.Market, kind: MarketKind) -> Iterator[Complaint]:
    given, here = market.model_extra or {}, ("markets", name)
    wrong = list(_billions(market, here)) if market.kind == "rate_quota" else []
    yield from wrong
    inputs = {key: _unit_of(document, given[key]) for key in inputs_of(kind)}
    at_levels = [unit for key, unit in inputs.items() if kind.takes[key] == "level"]

    def accepted(takes: str) -> Iterable[str]:
        if takes == "level":
            return [unit for level in at_levels for unit in _same(level)]
        declared = {"money": market.money, "price": market.price_unit}.get(takes, takes)
        return ACCEPTED.get(declared, _same(declared))

    for key, takes in kind.takes.items():
        if takes in ("money", "price") and wrong:
            continue  # the market's own units are wrong
        if key in inputs:
            allowed = list(accepted(takes))
            if inputs[key] not in allowed:
                yield (*here, key), f"'{given[key]}' is in {inputs[key]}, allowed: {' or '.join(allowed)}"
        else:
            yield from _wanted(document, given.get(key), accepted(takes), (*here, key))


def _unit_of(document: schema.Document, name: str) -> str:
    """Return the unit of an issue or of a quantity."""
    return quantity_unit(document, name) if "." in name else document.issues[name].unit


def _billions(market: schema.Market, here: KeyPath) -> Iterator[Complaint]:
    """Yield what keeps kilotonnes times a price from coming out in the market's money."""
    scale, currency, *rest = [*market.money.split("_", 2), "", ""][:3]
    if not schema.MONEY.fullmatch(market.money) or (scale, rest) != ("bn", ["per_year"]):
        yield (
            (*here, "money"),
            f'found "{market.money}", allowed: billions a year such as "bn_usd_per_year", as a market of kind '
            f"{market.kind} counts kilotonnes a year at a price a kilogram",
        )
    elif market.price_unit != f"{currency}_per_kg":
        yield (
            (*here, "price_unit"),
            f'found "{market.price_unit}", allowed: "{currency}_per_kg", as the money of this market is {market.money}',
        )


def _commitment(
    document: schema.Document, party: schema.Party, commitment: Commitment, here: KeyPath
) -> Iterator[Complaint]:
    yield from _wanted(document, commitment.cost, _same(party.unit), (*here, "cost"))
    for key in ("at_least", "at_most"):
        for issue, level in getattr(commitment, key).items():
            yield from _wanted(document, level, _same(document.issues[issue].unit), (*here, key, issue))


def _home(document: schema.Document, group: schema.Group, home: Home, here: KeyPath) -> Iterator[Complaint]:
    government, members = document.parties[home.government].unit, document.parties[group.members[0]].unit
    yield from _wanted(document, home.cost, _same(government), (*here, "cost"))
    if home.payment:
        given = (*here, "payment")
        for k, amount in enumerate(home.payment.amounts):
            yield from _wanted(document, amount, _same(home.payment.unit), (*given, "amounts", k))
        yield from _wanted(document, home.payment.relief, _per(members, home.payment.unit), (*given, "relief"))
        yield from _wanted(document, home.payment.cost_of_funds, _per(government, members), (*given, "cost_of_funds"))


def _per(gained: str, spent: str) -> tuple[str, ...]:
    """Return the units of what one unit of something brings in another unit."""
    if not all(schema.MONEY.fullmatch(unit) for unit in (gained, spent)):
        return FRACTION[1:]
    (scale, one, *_), (other_scale, other, *_) = gained.split("_"), spent.split("_")
    rate = (f"{one}_per_{other}",) if scale == other_scale else ()
    return (*rate, *(FRACTION[1:] if one == other else PLAIN))


def _votes(document: schema.Document) -> Iterator[Complaint]:
    for name, event in document.events.items():
        yield from _wanted(document, event.support, PLAIN, ("events", name, "support"))
        yield from _wanted(document, event.delay_days, ("days",), ("events", name, "delay_days"))
    ratification = document.ratification
    if ratification:
        yield from _wanted(document, ratification.stance, PLAIN, ("ratification", "stance"))
        yield from _wanted(document, ratification.days, ("days",), ("ratification", "days"))
        for k, support in enumerate(ratification.support):
            if support.form == "relief":
                yield from _wanted(document, support.weight, PLAIN, ("ratification", "support", k, "weight"))


def _rate(document: schema.Document, entry: schema.Conversion, here: KeyPath) -> Iterator[Complaint]:
    units = (entry.source_unit, entry.target_unit)
    if all(schema.MONEY.fullmatch(unit) for unit in units):
        source, target = (unit.split("_")[1] for unit in units)
        yield from _wanted(document, entry.divide_by, (f"{source}_per_{target}", *PLAIN), here)


def _term(document: schema.Document, party: schema.Party, term: schema.Term, here: KeyPath) -> Iterator[Complaint]:
    if term.issues:
        return
    unit = document.accounts[term.account].unit if term.account else _unit_of(document, term.quantity or term.issue)
    yield from _wanted(document, term.offset, _same(unit), (*here, "offset"))
    if term.form != "linear" or not all(schema.MONEY.fullmatch(u) for u in (unit, party.unit)):
        return
    (scale, found, *_), (own_scale, own, *_) = unit.split("_"), party.unit.split("_")
    if (scale, found) == (own_scale, own):
        return
    units = {value.unit for given in (term.weight, *term.times) if (value := named(document, given))}
    divided = named(document, term.scale)
    inverse = {f"{found}_per_{own}", unit} & {divided.unit if divided else ""}
    rate = f"{own}_per_{found}" if own != found else ""
    if not inverse and rate not in units and not any(schema.MONEY.fullmatch(other) for other in units):
        key = next(key for key in ("account", "quantity", "issue") if getattr(term, key))
        hint = f', or name a value in {rate} among its "times"' if rate else ""
        yield (
            (*here, key),
            f"'{getattr(term, key)}' is in {unit}, allowed: {party.unit}, the money of this party; let the term act on an "
            f"account in that money{hint}",
        )

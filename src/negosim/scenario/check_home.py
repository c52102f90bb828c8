"""Can groups press their governments? Whom they press, what they demand, from which threat on, and for what money."""

from __future__ import annotations

import math
from collections.abc import Iterator

from negosim.scenario import schema
from negosim.scenario.check_flows import unknown
from negosim.scenario.check_politics import dotted, limitable, line_cost, overridden
from negosim.scenario.check_ranges import ascending, within
from negosim.scenario.politics import Home, Payment
from negosim.scenario.read import Complaint, KeyPath

BOUNDS = {
    "credence": (0.0, 1.0),
    "claim": (0.0, 1.0),
    "alarm": (0.0, math.inf),
    "ripening": (0.0, 1.0),
    "memory": (0.0, 1.0),
    "lobbying": (0.0, 1.0),
    "mobilised": (0.0, 1.0),
    "down": (0.0, 1.0),
    "dwell": (1.0, math.inf),
    "boost": (0.0, math.inf),
    "forces_at": (0.0, 2.0),
}
"""What the numbers of a home table may be; a value has to lie there with its whole range."""
ABOVE = ("alarm", "lobbying", "mobilised", "forces_at")
"""Which of them have to lie above their lower bound."""


def home_complaints(document: schema.Document, *, idle: bool) -> Iterator[Complaint]:
    """Yield what is wrong with how groups press their governments.

    Parameters
    ----------
    document : Document
    idle : bool
        Whether what says nothing is a mistake as well, as in a scenario that no patch has changed.
    """
    presses: dict[str, str] = {}
    for name, group in document.groups.items():
        if group.home is None:
            continue
        yield from _members(document, name, group, group.home, presses)
        here: KeyPath = ("groups", name, "home")
        yield from _government(document, group.home, here, idle=idle)
        yield from _demands(document, group.home, here, idle=idle)
        for key, (low, high) in BOUNDS.items():
            given, at = getattr(group.home, key), (*here, key)
            yield from within(document, given, low, high, at, above=key in ABOVE, whole=key == "dwell")
        lobbying, mobilised = group.home.lobbying, group.home.mobilised
        yield from ascending(document, lobbying, mobilised, (*here, "mobilised"), "the threat from which members lobby")
        if group.home.payment:
            yield from _payment(document, group.home, group.home.payment, (*here, "payment"), idle=idle)
        if idle:
            yield from _idle(group.home, here)


def _members(
    document: schema.Document, name: str, group: schema.Group, home: Home, presses: dict[str, str]
) -> Iterator[Complaint]:
    for k, member in enumerate(group.members):
        if member == home.government:
            yield ("groups", name, "members", k), f"'{member}' is the government that this group presses"
        elif presses.setdefault(member, name) != name:
            yield ("groups", name, "members", k), f"'{member}' presses its government in '{presses[member]}' already"
        elif member in document.parties and document.parties[member].size is None:
            yield (
                ("parties", member, "size"),
                f"is missing; '{member}' presses its government in '{name}', and how much a package threatens it is "
                "measured against its size",
            )


def _government(document: schema.Document, home: Home, here: KeyPath, *, idle: bool) -> Iterator[Complaint]:
    """Yield what is wrong with whom a group presses and what its pressure does there."""
    for weight, share in home.raises.items():
        yield from within(document, share, 0.0, math.inf, (*here, "raises", weight))
    if home.until and home.until not in document.events:
        yield (*here, "until"), unknown("event", home.until, document.events)
    government = document.parties.get(home.government)
    if government is None:
        yield (*here, "government"), unknown("party", home.government, document.parties)
        return
    for weight in home.raises:
        if weight not in government.private:
            yield (*here, "raises", weight), unknown("private weight", weight, government.private)
    if not home.forces:
        return
    if home.forces not in government.commitments:
        yield (*here, "forces"), unknown("commitment", home.forces, government.commitments)
    elif idle:
        if government.commitments[home.forces].from_start:
            yield (
                (*here, "forces"),
                f"'{home.forces}' stands from the start; what pressure brings must not be there already",
            )
        for name, event in document.events.items():
            for what, given in (("declares", event.declares), ("releases", event.releases)):
                if home.forces in given.get(home.government, []):
                    yield (
                        (*here, "forces"),
                        f"the event '{name}' {what} '{home.forces}'; what pressure brings comes and goes with it",
                    )


def _demands(document: schema.Document, home: Home, here: KeyPath, *, idle: bool) -> Iterator[Complaint]:
    for key in ("at_least", "at_most"):
        issues = getattr(home, key)
        for k, issue in enumerate(issues):
            yield from limitable(document, issue, (*here, key, k), idle=idle)
            if issue in issues[:k]:
                yield (*here, key, k), f"'{issue}' stands twice"
    given, cost = "cost" in home.model_fields_set, (*here, "cost")
    if not home.at_least and not home.at_most:
        for key in ("commitment", "cost") if idle else ():
            if key in home.model_fields_set:
                yield (
                    (*here, key),
                    "says nothing, as the group demands no limit; give 'at_least' or 'at_most', or remove it",
                )
    elif home.commitment == "public_line":
        yield from line_cost(document, home.cost, cost, given=given, idle=idle)
    elif given and idle and not overridden(document, dotted((*here, "commitment"))):
        yield cost, 'says nothing, as a red line is not crossed at any cost; remove it, or grant a "public_line"'


def _payment(
    document: schema.Document, home: Home, payment: Payment, here: KeyPath, *, idle: bool
) -> Iterator[Complaint]:
    if not schema.MONEY.fullmatch(payment.unit):
        yield (*here, "unit"), f'found "{payment.unit}", allowed: a unit of money such as "bn_usd"'
    last = len(payment.amounts) - 1
    for k, amount in enumerate(payment.amounts):
        yield from within(document, amount, 0.0, math.inf, (*here, "amounts", k), above=k == last)
        if k:
            yield from ascending(document, payment.amounts[k - 1], amount, (*here, "amounts", k), "the sum before it")
    yield from within(document, payment.relief, 0.0, math.inf, (*here, "relief"), above=True)
    yield from within(document, payment.cost_of_funds, 0.0, math.inf, (*here, "cost_of_funds"))
    yield from within(document, payment.calms, 0.0, 1.0, (*here, "calms"))
    government = document.parties.get(home.government)
    calm = government is not None and government.hurry is None
    if idle and calm and "calms" in payment.model_fields_set:
        if overridden(document, f"parties.{home.government}.hurry"):
            return
        yield (*here, "calms"), f"says nothing, as '{home.government}' has no table 'hurry'"


def _idle(home: Home, here: KeyPath) -> Iterator[Complaint]:
    """Yield what says nothing because something else is left out."""
    given = home.model_fields_set
    if not (home.at_least or home.at_most or home.payment or home.raises or home.forces):
        yield (
            here,
            "does nothing; give the group something to demand ('at_least', 'at_most', 'payment') or its pressure something "
            "to move ('raises', 'forces')",
        )
    if "boost" in given and not home.raises:
        yield (*here, "boost"), "says nothing, as pressure raises no weight; give 'raises' or remove it"
    elif "boost" in given and not home.until:
        yield (*here, "boost"), "says nothing, as no event ends it; give 'until' or remove it"
    if "forces_at" in given and not home.forces:
        yield (*here, "forces_at"), "says nothing, as pressure forces no commitment; give 'forces' or remove it"

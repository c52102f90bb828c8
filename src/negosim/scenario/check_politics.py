"""Do politics fit the rest of a scenario? Lines, events that change them, votes and principals.

Limits on issues that a patch has taken off the table, lines that an override has made harmless and the like are passed over in
a patched scenario: there they simply say nothing. In a scenario as it is written they are mistakes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from negosim.scenario import schema
from negosim.scenario.check_flows import in_doubt, no_level, quantities, unknown
from negosim.scenario.check_ranges import drawn, pairs, within
from negosim.scenario.check_talks import behaviours
from negosim.scenario.fields import NAME
from negosim.scenario.politics import Commitment, Principal, Ratification
from negosim.scenario.read import Complaint, KeyPath


def politics_complaints(document: schema.Document, *, idle: bool) -> Iterator[Complaint]:
    """Yield what is wrong with commitments, with events that change them, with the vote, and with principals.

    Parameters
    ----------
    document : Document
    idle : bool
        Whether what says nothing is a mistake as well, as in a scenario that no patch has changed.
    """
    for name, party in document.parties.items():
        if party.size is not None:
            yield from within(document, party.size, 0.0, math.inf, ("parties", name, "size"), above=True)
        yield from within(document, party.tolerance, 0.0, math.inf, ("parties", name, "tolerance"))
        for key, commitment in party.commitments.items():
            yield from _commitment(document, commitment, ("parties", name, "commitments", key), idle=idle)
    for name, event in document.events.items():
        yield from _event(document, event, ("events", name))
    for where, behaviour in behaviours(document):
        here: KeyPath = (*where, "hurry")
        works = behaviour.hurry is None or {"exponent", "floor"} & behaviour.hurry.model_fields_set
        if idle and not works and not overridden(document, dotted(here)):
            yield here, "changes nothing; say what a full hurry multiplies: 'exponent', 'floor' or both"
        if behaviour.principal:
            yield from _principal(document, behaviour.principal, (*where, "principal"), idle=idle)
    if document.ratification:
        yield from _ratification(document, document.ratification, idle=idle)


def overridden(document: schema.Document, key: str) -> bool:
    """Tell whether an override of the scenario sets something at a dotted key, inside it or around it."""
    given = [f"{other}." for override in document.overrides.values() for other in override.set]
    return any(other.startswith(f"{key}.") or f"{key}.".startswith(other) for other in given)


def dotted(path: KeyPath) -> str:
    """Return a path as an override names it."""
    return ".".join(map(str, path))


def on_table(document: schema.Document, issue: str, here: KeyPath, *, idle: bool) -> Iterator[Complaint]:
    """Yield a complaint about the name of an issue that does not exist, or that no package contains."""
    if issue not in document.issues:
        yield here, unknown("issue", issue, document.issues)
    elif idle and not document.issues[issue].on_table and not overridden(document, f"issues.{issue}.on_table"):
        yield here, f"'{issue}' is off the table, so every package leaves it where it is"


def limitable(document: schema.Document, issue: str, here: KeyPath, *, idle: bool) -> Iterator[Complaint]:
    """Yield a complaint about the name of an issue that no limit can be set to."""
    yield from on_table(document, issue, here, idle=idle)
    if issue in document.issues and isinstance(document.issues[issue].levels[0], str):
        yield here, f"the levels of '{issue}' are words; a limit needs numbers"


def _commitment(document: schema.Document, commitment: Commitment, here: KeyPath, *, idle: bool) -> Iterator[Complaint]:
    if not NAME.fullmatch(str(here[-1])):
        yield here, f'found the name "{here[-1]}", allowed: letters, digits, _ and -'
        return
    if not commitment.at_least and not commitment.at_most:
        yield here, "limits nothing; give 'at_least' or 'at_most', e.g. at_most = {ISSUE = LEVEL}"
    for key in ("at_least", "at_most"):
        for issue, level in getattr(commitment, key).items():
            where: KeyPath = (*here, key, issue)
            wrong = list(limitable(document, issue, where, idle=idle))
            yield from wrong or _limit(document, issue, level, where, idle=idle)
    for issue, least in commitment.at_least.items():
        if issue in commitment.at_most and issue in document.issues:
            yield from _corridor(document, issue, least, commitment.at_most[issue], (*here, "at_most", issue))
    given, cost = "cost" in commitment.model_fields_set, (*here, "cost")
    if commitment.kind == "public_line":
        yield from line_cost(document, commitment.cost, cost, given=given, idle=idle)
    elif given and idle and not overridden(document, dotted((*here, "kind"))):
        yield cost, 'says nothing, as a red line is not crossed at any cost; remove it, or make the kind "public_line"'


def line_cost(
    document: schema.Document, cost: float | str, here: KeyPath, *, given: bool, idle: bool
) -> Iterator[Complaint]:
    """Yield what is wrong with what crossing a public line costs."""
    if not given:
        yield here, "is missing; a public line is one that costs its owner something to cross"
    elif cost == 0.0 and idle and not overridden(document, dotted(here)):
        yield here, "found 0, allowed: above 0, as a public line that costs nothing is none"
    else:
        yield from within(document, cost, 0.0, math.inf, here)


def _limit(
    document: schema.Document, issue: str, level: float | str, here: KeyPath, *, idle: bool
) -> Iterator[Complaint]:
    """Yield a limit that forbids every level of an issue, or none."""
    levels = [float(known) for known in document.issues[issue].levels]
    low, high = levels[0], levels[-1]
    least = here[-2] == "at_least"
    if not document.issues[issue].on_table:
        return
    for k, (found, words) in enumerate(drawn(document, level)):
        if found > high if least else found < low:
            left = f"the {'highest' if least else 'lowest'} level of '{issue}' is {high if least else low:g}"
            yield here, f"found {found:g}{words}, which leaves no package, as {left}; allowed: {low:g} to {high:g}"
            return
        beyond = low - found if least else found - high
        if idle and (beyond > 0.0 or (beyond == 0.0 and k == 0)):
            run = f"the levels of '{issue}' run from {low:g} to {high:g}"
            allowed = f"above {low:g}" if least else f"below {high:g}"
            yield here, f"found {found:g}{words}, which forbids nothing, as {run}; allowed: {allowed}"
            return


def _corridor(
    document: schema.Document, issue: str, least: float | str, most: float | str, here: KeyPath
) -> Iterator[Complaint]:
    """Yield a pair of limits between which no level of an issue is left."""
    levels = document.issues[issue].levels
    if isinstance(levels[0], str):
        return
    for (low, low_words), (high, high_words) in pairs(document, least, most):
        inside = [level for level in levels if low <= float(level) <= high]
        outside = low > float(levels[-1]) or high < float(levels[0])  # said of the one limit
        if not inside and not outside:
            yield (
                here,
                f"found {high:g}{high_words}, which leaves no level of '{issue}' together with 'at_least', "
                f"{low:g}{low_words}",
            )
            return


def _event(document: schema.Document, event: schema.Event, here: KeyPath) -> Iterator[Complaint]:
    for key in ("declares", "releases"):
        for party, listed in getattr(event, key).items():
            if party not in document.parties:
                yield (*here, key, party), unknown("party", party, document.parties)
                continue
            known = document.parties[party].commitments
            for k, name in enumerate(listed):
                if name not in known:
                    yield (*here, key, party, k), unknown("commitment", name, known)
                elif name in listed[:k]:
                    yield (*here, key, party, k), f"'{name}' stands twice"
                elif key == "releases" and name in event.declares.get(party, []):
                    yield (*here, key, party, k), f"'{name}' is declared by the same event"
    private = [weight for party in document.parties.values() for weight in party.private]
    for weight, factor in event.weight_factor.items():
        if weight not in private:
            yield (*here, "weight_factor", weight), unknown("private weight", weight, private)
        yield from within(document, factor, 0.0, math.inf, (*here, "weight_factor", weight), above=True)
    for holder, factor in event.line_factor.items():
        yield from within(document, factor, 0.0, math.inf, (*here, "line_factor", holder))
    if "support" in event.model_fields_set and document.ratification is None:
        yield (*here, "support"), "says nothing, as no package needs a vote; add the table [ratification] or remove it"


def _principal(document: schema.Document, principal: Principal, here: KeyPath, *, idle: bool) -> Iterator[Complaint]:
    yield from on_table(document, principal.issue, (*here, "issue"), idle=idle)
    if principal.steps == 0:
        yield (*here, "steps"), "found 0, allowed: by how many levels the issue is moved, up or, below 0, down"
    elif idle and principal.issue in document.issues:
        most = len(document.issues[principal.issue].levels) - 1
        if abs(principal.steps) > most > 0:
            yield (
                (*here, "steps"),
                f"found {principal.steps}, allowed: {-most} to {most}, as '{principal.issue}' has {most + 1} levels",
            )


def _ratification(document: schema.Document, ratification: Ratification, *, idle: bool) -> Iterator[Complaint]:
    here: KeyPath = ("ratification",)
    holders = [*document.parties, *document.groups]
    if ratification.government not in holders:
        yield (*here, "government"), unknown("party or group", ratification.government, holders)
    for k, name in enumerate(ratification.issues):
        where: KeyPath = (*here, "issues", k)
        yield from on_table(document, name, where, idle=idle)
        issue = document.issues.get(name)
        if issue is None:
            continue
        if name in ratification.issues[:k]:
            yield where, f"'{name}' stands twice"
        elif issue.status_quo is None:
            yield where, f"'{name}' has no status_quo, so it cannot be said to have moved"
        elif issue.on_table and issue.status_quo not in issue.levels:
            yield (
                where,
                f"{no_level(name, issue.status_quo, issue.levels)}; without its status quo every package needs the vote",
            )
    known = quantities(document)
    for k, support in enumerate(ratification.support):
        at: KeyPath = (*here, "support", k)
        if bool(support.account) == bool(support.quantity):
            found = "both" if support.account else "neither"
            yield at, f"support comes from either an account or a quantity; found {found}"
        elif support.account and support.account not in document.accounts:
            yield (*at, "account"), unknown("account", support.account, document.accounts)
        elif support.quantity and support.quantity not in known and not in_doubt(document, support.quantity):
            yield (*at, "quantity"), unknown("quantity", support.quantity, known)
    yield from within(document, ratification.days, 0.0, math.inf, (*here, "days"))

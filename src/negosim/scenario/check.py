"""Do the parts of a scenario fit together? Every check yields (key, what is wrong); the loader reports all of them at once.

First come names, sources, the shape of sums and terms, behaviour and dates: each looks only at what it needs, so one mistake
does not hide another. Units (`check_units`), what is left over and what cannot be computed (`check_whole`) are looked for only in
a scenario without such mistakes; there they would be no more than echoes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from negosim.core.protocol import PROTOCOLS
from negosim.scenario import schema
from negosim.scenario.check_flows import (
    account_complaints,
    market_complaints,
    no_level,
    term_complaints,
    unknown,
)
from negosim.scenario.check_home import home_complaints
from negosim.scenario.check_politics import politics_complaints
from negosim.scenario.check_talks import behaviour_complaints, date_complaints
from negosim.scenario.check_units import level_tables, unit_complaints
from negosim.scenario.check_whole import (
    Leaf,
    idle_complaints,
    number_complaints,
    unused_complaints,
    unvalued_complaints,
)
from negosim.scenario.read import Complaint, KeyPath
from negosim.scenario.sources import converted_complaints, fact_complaints, named, source_complaints

if TYPE_CHECKING:
    from negosim.scenario.load import Scenario

STRUCTURAL = (
    "times", "sum", "offset", "scale", "table", "no_deal", "in_force", "in_force_at_start", "weights", "at_least", "at_most"
)  # fmt: skip
"""Keys under which a plain number is part of the form of the model rather than a quantity that needs a source."""
PROTOCOL_DESIGN = ("exchanges_per_round", "reserve", "rounds", "steps")


def complaints(scenario: Scenario, known: list[Complaint]) -> list[Complaint]:
    """Return everything that is wrong with a document whose shape is right.

    Parameters
    ----------
    scenario : Scenario
        Not yet known to be sound.
    known : list of complaints
        What is wrong with its shape; nothing more is said about the same named entries.
    """
    document, folder = scenario.document, scenario.folder
    patched = bool(scenario.raw.patches)
    idle = not patched and not known  # what a patch or another mistake has emptied is no mistake of its own
    leaves = list(numbers(document))
    found = [
        *_references(document, leaves),
        *_names(document),
        *_levels(document),
        *_seats(document),
        *source_complaints(document),
        *market_complaints(document),
        *account_complaints(document),
        *term_complaints(document),
        *behaviour_complaints(document, folder),
        *date_complaints(document),
        *politics_complaints(document, idle=idle),
        *home_complaints(document, idle=idle),
        *fact_complaints(document),
    ]
    wrong = {path for path, _ in found}
    found += [(path, text) for path, text in _unsourced(document, leaves) if path not in wrong]
    found = [complaint for complaint in found if not _echo(complaint[0], [*known, *found], known)]
    if found or known:
        return found
    found = [*unit_complaints(document), *unvalued_complaints(document)]
    if not patched:  # a patch may take the last use of a value away
        found += [
            *unused_complaints(document, leaves),
            *idle_complaints(document),
            *converted_complaints(document),
        ]
    return found or list(number_complaints(scenario))


def _echo(path: KeyPath, found: list[Complaint], known: list[Complaint]) -> bool:
    """Tell whether a complaint follows from another: about the same wrong entry, or about something inside it."""
    dates = ("calendar", "deadline", "events")
    for bad, _ in known:
        if (bad[0] == "values" and path[:2] == bad[:2]) or (bad[0] == "calendar" and path[0] in dates):
            return True
        if path[: len(bad)] == bad[: len(path)]:
            return True
    return any(other == path[: len(other)] and 3 <= len(other) < len(path) for other, _ in found)


def _unsourced(document: schema.Document, leaves: list[Leaf]) -> Iterator[Complaint]:
    """Yield the plain numbers of a sourced scenario that need a source."""
    for path, leaf in leaves if document.sourced else ():
        if _needs_source(path, leaf):
            yield (
                path,
                f'found {leaf:g}; in a sourced scenario this has to be a value with a source: write "@name" and add '
                "[values.name] with value, range, unit, kind, source, note",
            )


def walk(node: Any, path: KeyPath = ()) -> Iterator[Leaf]:
    """Yield every leaf of a nested structure with its path."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, (*path, key))
    elif isinstance(node, list | tuple):
        for k, value in enumerate(node):
            yield from walk(value, (*path, k))
    else:
        yield path, node


def numbers(document: schema.Document) -> Iterator[Leaf]:
    """Yield every leaf of the sections that may use sourced values."""
    sections = {
        "calendar", "deadline", "conversions", "groups", "markets", "accounts", "parties", "events", "ratification"
    }  # fmt: skip
    yield from walk(document.model_dump(include=sections, exclude_defaults=True, by_alias=True))


def _references(document: schema.Document, leaves: list[Leaf]) -> Iterator[Complaint]:
    private = {name: party for party, p in document.parties.items() for name in p.private}
    elsewhere: dict[str, KeyPath] = {}
    for path, leaf in leaves:
        if isinstance(leaf, str) and leaf.startswith("@"):
            name = leaf[1:]
            if name not in document.values:
                yield path, unknown("value", name, document.values)
            elif (name in private and not _is_weight(path)) or (name in private and path[1] != private[name]):
                elsewhere.setdefault(name, path)
    for name, path in elsewhere.items():
        if f"@{name}" not in [term.weight for term in document.parties[private[name]].terms]:
            continue  # no weight at all; the terms say so
        here = document.parties[private[name]].private.index(name)
        yield (
            ("parties", private[name], "private", here),
            f"'{name}' is also used at {'.'.join(map(str, path))}; a private value is known to one party only, so it may "
            "be nothing but the 'weight' of that party's own terms",
        )


def _is_weight(path: KeyPath) -> bool:
    return path[0] == "parties" and path[2:3] == ("terms",) and path[4:] == ("weight",)


def _needs_source(path: KeyPath, leaf: Any) -> bool:
    if isinstance(leaf, bool) or not isinstance(leaf, int | float):
        return False
    return not any(key in STRUCTURAL for key in path) and path[-1] not in PROTOCOL_DESIGN


def _names(document: schema.Document) -> Iterator[Complaint]:
    holders = {**document.parties, **document.groups}
    for name, issue in document.issues.items():
        if issue.conceding and issue.conceding not in holders:
            yield ("issues", name, "conceding"), unknown("party or group", issue.conceding, holders)
    for name, party in document.parties.items():
        for k, value in enumerate(party.private):
            here: KeyPath = ("parties", name, "private", k)
            if value not in document.values:
                yield here, unknown("value", value, document.values)
            elif value in party.private[:k]:
                yield here, f"'{value}' stands twice"
            elif document.values[value].range[0] == document.values[value].range[1]:
                yield (
                    here,
                    f"the range of '{value}' is a single number, so nothing about it is private; widen the range or take "
                    "it out of 'private'",
                )
    if document.protocol.kind not in PROTOCOLS:
        yield ("protocol", "kind"), unknown("protocol", document.protocol.kind, PROTOCOLS)
    for name, event in document.events.items():
        for party_name in event.line_factor:
            if party_name not in holders:
                yield ("events", name, "line_factor", party_name), unknown("party or group", party_name, holders)


def _seats(document: schema.Document) -> Iterator[Complaint]:
    holders = {**document.parties, **document.groups}
    for name, group in document.groups.items():
        here: KeyPath = ("groups", name)
        if name in document.parties:
            yield here, "a party has this name already"
        for k, member in enumerate(group.members):
            if member not in document.parties:
                yield (*here, "members", k), unknown("party", member, document.parties)
            elif member in group.members[:k]:
                yield (*here, "members", k), f"'{member}' stands twice"
        for member in group.weights:
            if member not in group.members:
                yield (*here, "weights", member), unknown("member", member, group.members)
        units = {document.parties[m].unit for m in group.members if m in document.parties}
        if len(units) > 1:
            yield (
                (*here, "members"),
                f"found different units, {' and '.join(sorted(units))}; members of a group count in one unit",
            )
    taken: dict[str, str] = {}
    for k, name in enumerate(document.seats):
        if name not in holders:
            yield ("seats", k), unknown("party or group", name, holders)
            continue
        if name in document.seats[:k]:
            yield ("seats", k), f"'{name}' holds two seats"
            continue
        for member in document.groups[name].members if name in document.groups else [name]:
            if member in taken:
                yield ("seats", k), f"'{member}' holds two seats, in '{taken[member]}' and in '{name}'"
            taken[member] = name


def _levels(document: schema.Document) -> Iterator[Complaint]:
    for name, issue in document.issues.items():
        if issue.on_table and len(issue.levels) < 2:
            yield (
                ("issues", name, "levels"),
                "one level leaves nothing to negotiate; give at least two, or set on_table = false",
            )
        if not issue.on_table and issue.status_quo is None:
            yield ("issues", name, "on_table"), "an issue off the table needs a 'status_quo' to stay at"
        for key in ("status_quo", "no_deal"):
            if (level := getattr(issue, key)) is not None:
                yield from _level(document, name, level, ("issues", name, key), named=False)
    for where, levels in level_tables(document):
        for name, level in levels.items():
            if name not in document.issues:
                yield (*where, name), unknown("issue", name, document.issues)
            else:
                yield from _level(document, name, level, (*where, name), named=True)
    yield from _off_the_tables(document)


def _off_the_tables(document: schema.Document) -> Iterator[Complaint]:
    """Yield levels without a deal that lie outside the levels for which a term's table says something."""
    complete = all(None not in (issue.status_quo, issue.no_deal) for issue in document.issues.values())
    given: list[tuple[KeyPath, str, float | str | None]] = []
    for name, issue in document.issues.items():
        given += [(("issues", name, key), name, getattr(issue, key)) for key in ("status_quo", "no_deal")]
    given += [
        ((*where, name), name, level) for where, levels in level_tables(document) for name, level in levels.items()
    ]
    for here, name, level in given:
        users = [
            f"parties.{party_name}.terms.{term.name}"
            for party_name, party in document.parties.items()
            for term in party.terms
            if term.issue == name and term.form == "table" and not ("no_deal" in here and party.reserve is not None)
        ]
        if not users or name not in document.issues or isinstance(document.issues[name].levels[0], str):
            continue
        value = named(document, level)
        found = value.value if value else level
        known = [float(other) for other in document.issues[name].levels]
        if not isinstance(found, float):
            continue
        if here[2:] == ("status_quo",) and not document.issues[name].on_table and found not in known:
            yield here, f"{no_level(name, found, known)}; off the table, the table of {users[0]} needs a value for it"
        elif complete and not known[0] <= found <= known[-1]:
            yield (
                here,
                f"found {found:g}, allowed: {known[0]:g} to {known[-1]:g}, the levels for which the table of {users[0]} "
                "says what they are worth; add this level",
            )


def _level(
    document: schema.Document, name: str, level: float | str, here: KeyPath, *, named: bool
) -> Iterator[Complaint]:
    levels = document.issues[name].levels
    if isinstance(levels[0], str):
        if level not in levels:
            yield here, no_level(name, level, levels)
    elif isinstance(level, str) and not (named and level.startswith("@")):
        by_name = ' or the name of a value as "@name"' if named else ""
        yield here, f"found \"{level}\", allowed: a number{by_name}, as the levels of '{name}' are numbers"

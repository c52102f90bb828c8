"""Can the talks be held? Tactics, acceptance strategies and beliefs with their parameters, and dates in order."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from negosim.core.acceptance import ACCEPTANCE
from negosim.core.beliefs import BELIEFS
from negosim.core.parameters import LIMITS, Interval, parameters
from negosim.core.tactics import BIDDING
from negosim.errors import NegosimError, nearest
from negosim.scenario import schema
from negosim.scenario.check_flows import quantity, unknown
from negosim.scenario.check_ranges import drawn, within
from negosim.scenario.fields import number
from negosim.scenario.read import Complaint, KeyPath

BOUNDS = {
    ("line", "strength"): (0.0, math.inf),
    ("line", "share"): (0.0, 1.0),
    ("extension", "belief"): (0.0, 1.0),
    ("extension", "hope"): (0.0, math.inf),
    ("floor", "share"): (0.0, 1.0),
    ("floor", "second_phase_factor"): (0.0, math.inf),
    ("hurry", "start"): (0.0, 1.0),
    ("hurry", "end"): (0.0, 1.0),
    ("hurry", "exponent"): (0.0, math.inf),
    ("hurry", "floor"): (0.0, math.inf),
    ("principal", "chance"): (0.0, 1.0),
}
"""What the numbers of a party's behaviour may be; a value has to lie there with its whole range."""
ABOVE = (("hurry", "exponent"),)
"""Which of them have to lie above their lower bound."""


def behaviours(document: schema.Document) -> list[tuple[KeyPath, schema.Behaviour]]:
    """Return how every party and every group negotiates, and where it stands."""
    found: list[tuple[KeyPath, schema.Behaviour]] = [(("parties", n), p) for n, p in document.parties.items()]
    return found + [(("groups", n, "behaviour"), g.behaviour) for n, g in document.groups.items()]


def behaviour_complaints(document: schema.Document, folder: Path) -> Iterator[Complaint]:
    """Yield what is wrong with how parties and groups negotiate."""
    for where, behaviour in behaviours(document):
        chances = []
        for k, tactic in enumerate(behaviour.tactics):
            here: KeyPath = (*where, "tactics", k)
            given = tactic.model_extra or {}
            if tactic.name == "scripted":
                yield from _script(document, folder, given, here)
            else:
                yield from _rule(document, BIDDING, "tactic", tactic.name, given, here)
            chances.append(quantity(document, tactic.probability))
            yield from within(document, tactic.probability, 0.0, 1.0, (*here, "probability"), spread=False)
        known = [chance for chance in chances if chance is not None and 0.0 <= chance <= 1.0]
        total = math.fsum(known)
        if len(known) == len(chances) and not math.isclose(total, 1.0, abs_tol=1e-9):
            yield (
                (*where, "tactics"),
                f"the probabilities of the tactics add up to {total:g}, they have to add up to 1",
            )
        for what, table, key, rule in (
            ("acceptance strategy", ACCEPTANCE, "acceptance", behaviour.acceptance),
            ("opponent model", BELIEFS, "belief", behaviour.belief),
        ):
            yield from _rule(document, table, what, rule.name, rule.model_extra or {}, (*where, key))
        for (section, key), (low, high) in BOUNDS.items():
            given_number = getattr(getattr(behaviour, section), key, None)
            if given_number is not None:
                at = (*where, section, key)
                yield from within(document, given_number, low, high, at, above=(section, key) in ABOVE)


def _rule(
    document: schema.Document, table: Any, what: str, name: str, given: dict[str, Any], here: KeyPath
) -> Iterator[Complaint]:
    """Check a named rule and its parameters, with the central and the extreme values of each."""
    if name not in table:
        extra = ["scripted"] if table is BIDDING else []
        yield (*here, "name"), unknown(what, name, [*table, *extra])
        return
    known = parameters(table[name])
    for key, written in given.items():
        where = (*here, key)
        if key not in known:
            yield where, f"unknown key{nearest(key, known)}; {name} takes: {', '.join(known) or 'no parameters'}"
            continue
        try:
            number(written)
        except ValueError as error:
            yield where, str(error)
            continue
        for found, from_value in drawn(document, written):
            if found not in LIMITS[key]:
                yield where, f"found {found:g}{from_value}, allowed: {_limits(LIMITS[key])}"
                break
            if known[key][0] is int and found % 1:
                yield where, f"found {found:g}{from_value}, allowed: a whole number"
                break


def _limits(limits: Interval) -> str:
    if math.isinf(limits.high):
        return f"{limits.low:g} or more" if limits.closed else f"above {limits.low:g}"
    return str(limits)


def _script(document: schema.Document, folder: Path, given: dict[str, Any], here: KeyPath) -> Iterator[Complaint]:
    from negosim.scenario.script import read_script

    for key in given:
        if key != "script":
            yield (*here, key), f"unknown key{nearest(key, ['script'])}; a scripted player takes: script"
    file = given.get("script")
    if not isinstance(file, str) or not file:
        if not any(key != "script" for key in given):
            yield (*here, "script"), "is missing; give the name of a CSV file in the scenario's folder"
        return
    if not (folder / file).is_file():
        listed = sorted(found.name for found in folder.glob("*.csv"))
        yield (*here, "script"), unknown("file", file, listed)
        return
    try:
        read_script(document, folder / file)
    except NegosimError as error:
        yield (*here, "script"), str(error)


def date_complaints(document: schema.Document) -> Iterator[Complaint]:
    """Yield what is wrong with the calendar, the deadline and the events."""
    calendar = document.calendar
    if isinstance(calendar.rounds, int):
        yield from _undated(document)
    elif not calendar.rounds:
        yield ("calendar", "rounds"), "found an empty list; give at least one date"
    elif calendar.start is None:
        yield ("calendar", "start"), "is missing; rounds have dates, and days count from the start"
    else:
        yield from _dated(document, calendar.start, calendar.rounds)


def _undated(document: schema.Document) -> Iterator[Complaint]:
    dated = ["calendar.start"] if document.calendar.start is not None else []
    dated += ["deadline"] if document.deadline is not None else []
    dated += [f"events.{name}" for name in document.events]
    for where, behaviour in behaviours(document):
        given = [key for key in ("since", "by") if getattr(behaviour.hurry, key, None) is not None]
        dated += [".".join(map(str, (*where, "hurry", key))) for key in given]
    if dated:
        yield (
            ("calendar", "rounds"),
            f"found {document.calendar.rounds} rounds without dates, but these have dates: {', '.join(dated)}; list the dates "
            "of the rounds, or remove the others",
        )
        return
    for key in ("horizon_years", "in_force_at_start"):
        if key in document.calendar.model_fields_set:
            yield (
                ("calendar", key),
                "says nothing, as the rounds have no dates; list the dates of the rounds, or remove it",
            )


def _dated(document: schema.Document, start: dt.date, rounds: list[dt.date]) -> Iterator[Complaint]:
    deadline = document.deadline
    for k, (a, b) in enumerate(pairwise(rounds)):
        if b <= a:
            yield ("calendar", "rounds", k + 1), f"{b} does not come after {a}; dates of rounds have to rise"
    if rounds[0] < start:
        yield ("calendar", "rounds", 0), f"{rounds[0]} comes before the start of the calendar, {start}"
    last, what = rounds[-1], "the last round"
    if deadline is not None:
        yield from _deadline(document, deadline, start, rounds[0])
        last, what = deadline.date, "the deadline"
        for move in deadline.moves:
            if move.to > last:
                last, what = move.to, "the latest date to which the deadline may move"
    years = quantity(document, document.calendar.horizon_years)
    if years is not None and years * 365.0 <= (last - start).days:
        yield (
            ("calendar", "horizon_years"),
            f"found {years:g} years, {years * 365:.0f} days; the horizon has to lie after {what}, {last}, "
            f"{(last - start).days} days after the start",
        )
    for name, event in document.events.items():
        if event.date < start:
            yield (
                ("events", name, "date"),
                f"{event.date} comes before the start of the calendar, {start}; what is in force by then stands in "
                "calendar.in_force_at_start",
            )
        if event.announced and event.announced > event.date:
            yield (
                ("events", name, "announced"),
                f"{event.announced} comes after the event itself, {event.date}; leave it out where nobody knew before",
            )
        if event.hindsight and document.cut_off and event.date <= document.cut_off:
            yield (
                ("events", name, "hindsight"),
                f"{event.date} is not after the cut-off, {document.cut_off}, so it is no hindsight",
            )
    late = deadline is None or deadline.date >= rounds[0]
    if late and years is not None and years * 365.0 > (last - start).days:
        end = start + dt.timedelta(days=min(years * 365.0, (dt.date.max - start).days))
        yield from _delays(document, start, end)
        yield from _hurries(document, start, last, what, end)


def _delays(document: schema.Document, start: dt.date, end: dt.date) -> Iterator[Complaint]:
    """Yield events that their delay takes out of the calendar, or to before they are announced."""
    for name, event in document.events.items():
        first, what = (event.announced, "the day it is announced") if event.announced else (start, "the start")
        if "delay_days" not in event.model_fields_set or not first <= event.date <= end:
            continue
        least, most = (first - event.date).days, (end - event.date).days
        for days, words in drawn(document, event.delay_days):
            if not least <= days <= most:
                yield (
                    ("events", name, "delay_days"),
                    f"found {days:g}{words}, allowed: {least} to {most}, as it cannot come before {what}, {first}, or after "
                    f"the horizon, {end}",
                )
                break


def _hurries(document: schema.Document, start: dt.date, last: dt.date, what: str, end: dt.date) -> Iterator[Complaint]:
    """Yield hurries whose dates lie outside the calendar or run backwards."""
    deadline, rounds = document.deadline, document.calendar.rounds
    assert not isinstance(rounds, int)
    for where, behaviour in behaviours(document):
        hurry, here = behaviour.hurry, (*where, "hurry")
        if hurry is None:
            continue
        if hurry.since and not start <= hurry.since < last:
            yield (*here, "since"), f"{hurry.since} lies outside the talks, {start} to {what}, {last}"
        elif hurry.by and not start < hurry.by <= end:
            yield (*here, "by"), f"{hurry.by} lies outside the calendar, {start} to the horizon, {end}"
        elif hurry.since and hurry.by and hurry.by <= hurry.since:
            yield (*here, "by"), f"{hurry.by} does not come after 'since', {hurry.since}"
        elif hurry.since and not hurry.by and hurry.since >= (until := deadline.date if deadline else rounds[-1]):
            yield (
                (*here, "since"),
                f"{hurry.since} does not come before the {'deadline' if deadline else 'last round'}, {until}; say 'by' when",
            )


def _deadline(
    document: schema.Document, deadline: schema.Deadline, start: dt.date, first: dt.date
) -> Iterator[Complaint]:
    here: KeyPath = ("deadline",)
    if deadline.date < first:
        yield (*here, "date"), f"{deadline.date} comes before the first round, {first}"
    elif deadline.announced and not start <= deadline.announced <= deadline.date:
        yield (
            (*here, "announced"),
            f"{deadline.announced} lies outside the time from the start to the deadline, {start} to {deadline.date}",
        )
    total = 0.0
    for j, move in enumerate(deadline.moves):
        chance = quantity(document, move.probability)
        total += chance if chance is not None and 0.0 <= chance <= 1.0 else 0.0
        yield from within(document, move.probability, 0.0, 1.0, (*here, "moves", j, "probability"), spread=False)
        if move.to <= deadline.date:
            yield (*here, "moves", j, "to"), f"{move.to} does not come after the deadline, {deadline.date}"
        if move.to in [other.to for other in deadline.moves[:j]]:
            yield (*here, "moves", j, "to"), f"{move.to} stands twice"
    if total > 1.0 + 1e-9:
        yield (*here, "moves"), f"the probabilities add up to {total:g}, allowed: at most 1"
    yield from within(document, deadline.second_phase_start, 0.0, 1.0, (*here, "second_phase_start"), spread=False)

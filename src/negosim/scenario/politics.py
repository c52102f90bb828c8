"""What a scenario may say about domestic politics: interest groups, lines, votes, hurry, and who can re-open a deal.

Everything here can be left out, and each of it can be switched off in the table ``mechanisms``; talks without it are then
the same, move by move, as in a scenario that never had it.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from negosim.scenario.fields import Number, Table, Text, Unit


class Mechanisms(Table):
    """Switches: a mechanism that is off is as if the scenario had no such tables."""

    home_table: bool = True
    """Groups demand and governments answer."""
    mobilisation: bool = True
    """Groups under threat lobby and mobilise, which moves weights and forces red lines."""
    lines: bool = True
    """Red lines and public lines on issues that come from the beginning or with events."""
    ratification: bool = True
    """Packages that change law need a vote, which can fail."""
    hurry: bool = True
    """Exponent and floor of a tactic change over time."""
    principal: bool = True
    """Somebody above the negotiators may re-open a deal."""


class Commitment(Table):
    """Limits that a party declares in public: what crosses a red line it cannot sign, crossing a public line costs it."""

    label: Text
    kind: Literal["red_line", "public_line"]
    at_least: dict[str, Number] = {}
    """Issues and the lowest level that does not cross."""
    at_most: dict[str, Number] = {}
    """Issues and the highest level that does not cross."""
    cost: Number = 0.0
    """Flow that a public line costs when an issue crosses it all the way to the end of its levels; less in proportion."""
    from_start: bool = False
    """It stands from the first day; otherwise an event or a group brings it."""
    note: str = ""


class Payment(Table):
    """Money that a government can give a group at home; it is no part of the package abroad."""

    label: Text
    unit: Unit
    amounts: Annotated[list[Number], Field(min_length=1)]
    """Sums it can choose from, rising; what has been promised stays."""
    relief: Number = 1.0
    """Flow that the group gains for each unit."""
    cost_of_funds: Number = 0.0
    """Flow that the government loses for each unit of that relief."""
    calms: Number = 0.0
    """Share of the government's hurry that the largest sum takes away."""


class Home(Table):
    """How a group presses its government."""

    government: Text
    at_least: list[str] = []
    """Issues on which it may demand a lowest level, in the order in which it turns to them."""
    at_most: list[str] = []
    """Issues on which it may demand a highest level, after those."""
    commitment: Literal["red_line", "public_line"] = "public_line"
    """What its government declares when it grants such a demand."""
    cost: Number = 0.0
    """Flow that the government loses when an issue crosses a granted public line all the way."""
    credence: Number = 0.0
    """Share of a threat that a public line of its government takes away; a red line takes all of it."""
    claim: Number = 0.0
    """Share of what a package could give its members over no deal that they claim as their due."""
    alarm: Number = 1.0
    """Shortfall from the claim, as a share of a member's size, that is a threat of one."""
    ripening: Number = 0.0
    """Share of the threat that grows from nothing on the first day to its full size at the deadline."""
    memory: Number = 0.0
    """Share of the last round's threat that remains where the new one is lower."""
    lobbying: Number
    """Threat from which a quiet member lobbies."""
    mobilised: Number
    """Threat from which a lobbying member mobilises."""
    down: Number = 1.0
    """A level ends below this share of the threat at which it began."""
    dwell: Number = 1.0
    """Rounds in a row below before it ends."""
    raises: dict[str, Number] = {}
    """Private weights of the government, and by what share each level of pressure raises them."""
    boost: Number = 0.0
    """Before the event ``until``, full pressure multiplies those weights by one plus this besides."""
    until: str = ""
    """The event, such as an election, at which the boost ends and what was granted or forced lapses."""
    forces: str = ""
    """A commitment of the government that stands while the pressure is high."""
    forces_at: Number = 2.0
    """Pressure from which it does."""
    payment: Payment | None = None


class Hurry(Table):
    """How much of a hurry a party is in: a share that moves evenly from one date to another."""

    start: Number
    end: Number
    since: dt.date | None = None
    """The beginning of the talks where nothing is said."""
    by: dt.date | None = None
    """The deadline where nothing is said."""
    exponent: Number = 1.0
    """What a full hurry multiplies the exponent of a time-dependent tactic by."""
    floor: Number = 1.0
    """What a full hurry multiplies the share by that the party insists on to the end."""


class Principal(Table):
    """Somebody above the negotiator who may re-open a deal of the second phase and ask for more."""

    chance: Number
    issue: Text
    steps: Annotated[int, Field(ge=-100, le=100)] = 1
    """By how many levels the issue is moved."""


class Support(Table):
    """What moves the vote on a package that changes law."""

    account: str = ""
    quantity: str = ""
    form: Literal["level", "relief"] = "level"
    """The amount itself, or the share of the loss without a deal that the package takes away."""
    weight: Number


class Ratification(Table):
    """A vote that packages need which change law: it passes with the logistic chance of its support."""

    label: Text
    government: Text
    """Whose deal it is."""
    issues: Annotated[list[str], Field(min_length=1)]
    """A package that moves one of these from the status quo needs the vote."""
    stance: Number
    """Support before anything else, on the scale of the logarithm of the odds; drawn for every talk, its centre is expected."""
    support: list[Support] = []
    days: Number = 0.0
    """Days from signature to vote."""
    note: str = ""

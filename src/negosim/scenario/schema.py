"""What a scenario may say: one frozen model for each kind of table.

A scenario is one document spread over the TOML files of a folder (see `negosim.scenario.load`). A *number* is written
plainly or as ``"@name"``, the name of a sourced value. Text under each field is its documentation.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from negosim.scenario.fields import MONEY as MONEY
from negosim.scenario.fields import Finite, Level, Levels, Number, Table, Text, Unit
from negosim.scenario.politics import Commitment, Home, Hurry, Mechanisms, Principal, Ratification

Kind = Literal["stated", "derived", "literature", "assumed", "fitted"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Value(Table):
    """A number with its origin."""

    value: Finite
    range: Annotated[list[Finite], Field(min_length=2, max_length=2)]
    """What uncertainty draws from, lowest first."""
    unit: Unit
    kind: Kind
    source: Text
    """An identifier in sources.toml."""
    note: Text
    """What was read and how it became this number, in own words."""
    locator: str = ""
    hindsight: bool = False
    """Learned from, or fitted to, what happened after the cut-off."""
    inert: str = ""
    """Why moving this value changes no run, where that is so."""
    pinned: bool = False
    """Set by an override: a run takes the value instead of drawing from the range."""

    @model_validator(mode="after")
    def _range_holds_value(self) -> Value:
        low, high = self.range
        if low > high:
            raise ValueError(f"the range [{low:g}, {high:g}] runs downwards; write the lower end first")
        if not low <= self.value <= high:
            raise ValueError(
                f"the value {self.value:g} lies outside its range [{low:g}, {high:g}]; change one or the other"
            )
        return self


class Issue(Table):
    """One thing that is negotiated."""

    label: Text
    unit: Unit = "none"
    levels: Levels
    status_quo: Level | None = None
    no_deal: Level | None = None
    conceding: str = ""
    """The party that gives when the level moves away from the status quo."""
    on_table: bool = True
    """Off the table, the issue stays at its status quo in every package."""
    source: str = ""
    note: str = ""


class Market(BaseModel):
    """A kind of market with its inputs and parameters, which are checked against the kind's signature."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    label: Text
    kind: Text
    money: Unit = "none"
    """The unit of the quantities that are amounts of money."""
    price_unit: Unit = "none"
    """The unit of the quantities that are prices."""
    note: str = ""


class Account(Table):
    """A named signed sum of quantities, other accounts and levels of issues."""

    label: Text
    unit: Unit
    sum: Annotated[dict[str, Number], Field(min_length=1)]
    plus: Number = 0.0
    report: bool = False
    """Show it in the table that ends a run."""
    note: str = ""


class Term(Table):
    """One summand of a party's flow: weight · times · form((x - offset) / scale)."""

    name: Text
    account: str = ""
    quantity: str = ""
    issue: str = ""
    issues: list[str] = []
    form: Literal["linear", "quadratic", "sqrt", "log1p", "shortfall", "any_moved", "table"]
    weight: Number = 1.0
    times: list[Number] = []
    """Further factors."""
    offset: Number = 0.0
    scale: Number = 1.0
    table: dict[str, Finite] | list[Finite] = {}
    """For the form ``table``: a value for each level, by level or in order."""
    note: str = ""

    @model_validator(mode="after")
    def _one_argument(self) -> Term:
        given = [key for key in ("account", "quantity", "issue", "issues") if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(
                f"a term acts on exactly one of account, quantity, issue, issues; found {' and '.join(given) or 'none'}"
            )
        if (self.form == "any_moved") != (given == ["issues"]):
            raise ValueError("the form any_moved goes with 'issues', and 'issues' with any_moved only")
        if (self.form == "table") != bool(self.table):
            raise ValueError("the form table needs a 'table', and only that form has one")
        if self.form == "table" and given != ["issue"]:
            raise ValueError("the form table acts on one 'issue'")
        return self


class DelayCost(Table):
    """Cost of every year without a deal, linear from the start of the talks to the deadline, constant after."""

    start: Number
    end: Number


class Line(Table):
    """A public line on the party's own value, and what stepping below it costs."""

    strength: Number
    """Cost of a unit below the line, in units of own value; drawn for every talk."""
    share: Number
    """How far the line stands from the reserve towards the best attainable package."""


class Extension(Table):
    """What a party expects of a moved deadline."""

    belief: Number
    """Chance it gives to a move, before anything is announced; drawn for every talk."""
    hope: Number
    """Share of its attainable gain it hopes to win in the extra time; drawn for every talk."""


class Floor(Table):
    """The part of its attainable gain a party insists on to the end."""

    share: Number
    """Drawn for every talk."""
    second_phase_factor: Number = 1.0


class Tactic(BaseModel):
    """A bidding tactic by name, its probability in the mixture, and its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    name: Text
    probability: Number = 1.0


class Rule(BaseModel):
    """An acceptance strategy or an opponent model by name, with its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    name: Text


class Behaviour(Table):
    """How the holder of a seat negotiates."""

    delay_cost: DelayCost | None = None
    line: Line | None = None
    extension: Extension | None = None
    floor: Floor | None = None
    hurry: Hurry | None = None
    principal: Principal | None = None
    tactics: Annotated[list[Tactic], Field(min_length=1)] = [Tactic(name="boulware")]
    acceptance: Rule = Rule(name="ac_next")
    belief: Rule = Rule(name="prior")


class Party(Behaviour):
    """Somebody who values packages; with a seat, somebody who negotiates."""

    label: Text
    role: Literal["government", "stakeholder"] = "stakeholder"
    country: str = ""
    unit: Unit = "none"
    private: list[str] = []
    """Values whose size only this party knows within a talk; they are weights of its terms."""
    size: Number | None = None
    """What a stakeholder's loss is measured against, in its unit."""
    size_label: str = ""
    tolerance: Number = 0.0
    """Share of `size` below which a gain or loss leaves a stakeholder indifferent."""
    reserve: Finite | None = None
    """What no deal is worth, where no market says so."""
    commitments: dict[str, Commitment] = {}
    """Red lines and public lines it may declare, by name."""
    terms: Annotated[list[Term], Field(min_length=1)]
    note: str = ""


class Group(Table):
    """Parties that may hold one seat together; the group's flow is the weighted sum of its members'."""

    label: Text
    members: Annotated[list[str], Field(min_length=1)]
    weights: dict[str, Number] = {}
    behaviour: Behaviour = Behaviour()
    home: Home | None = None
    """How it presses its government while it holds no seat."""
    note: str = ""


class Event(Table):
    """Something dated: what it puts in force, what no deal means from then on, whose lines and weights it changes."""

    date: dt.date
    label: Text
    announced: dt.date | None = None
    """From when the parties count with it; its own date where nothing is said."""
    in_force: dict[str, Level] = {}
    no_deal: dict[str, Level] = {}
    line_factor: dict[str, Number] = {}
    """Parties and what the cost of stepping below their public line on own value is multiplied by."""
    weight_factor: dict[str, Number] = {}
    """Private weights and what they are multiplied by from then on."""
    declares: dict[str, list[str]] = {}
    """Parties and the commitments that they declare."""
    releases: dict[str, list[str]] = {}
    """Parties and the commitments that end."""
    support: Number = 0.0
    """Added to the support of votes from then on."""
    delay_days: Number = 0.0
    """Days by which it comes after its date; before it, where negative."""
    source: str = ""
    note: str = ""
    hindsight: bool = False


class Calendar(Table):
    """When the parties meet. Dated, or an integer number of rounds without dates."""

    start: dt.date | None = None
    """Day 0: values over time count from here."""
    rounds: list[dt.date] | Annotated[int, Field(ge=1, le=10_000)] = 20
    exchanges_per_round: Annotated[int, Field(ge=1, le=100)] = 2
    """An exchange is one party's turn."""
    horizon_years: Number = 1.0
    """Years from the start over which a package's flow counts."""
    in_force_at_start: dict[str, Level] = {}
    """Levels in force on day 0 where they are not the status quo."""


class Move(Table):
    """A later date to which the deadline may be moved, and how likely."""

    to: dt.date
    probability: Number
    hindsight: bool = False


class Deadline(Table):
    """The day the talks end without a deal, unless the date is moved."""

    date: dt.date
    announced: dt.date | None = None
    """When the parties learn whether the date is moved."""
    moves: list[Move] = []
    no_deal: dict[str, Level] = {}
    """Levels of no deal that change once the date is moved."""
    second_phase_start: Number = 0.6
    """Share of the way of concession at which the second phase starts."""
    note: str = ""


class Conversion(Table):
    """An exchange rate between two units of money."""

    source_unit: Unit = Field(alias="from")
    target_unit: Unit = Field(alias="to")
    divide_by: Number


class Protocol(Table):
    """Rules of the exchange of offers."""

    kind: str = "stacked_alternating_offers"


class Override(Table):
    """A named patch of the document and the question it asks."""

    asks: Text
    set: Annotated[dict[str, Any], Field(min_length=1)]


class Source(Table):
    """Where a number was read."""

    title: Text
    kind: Literal["article", "statistics", "paper", "report", "web", "law", "data", "book", "judgement"]
    date: str = ""
    locator: str = ""
    note: str = ""


class FactConversion(Table):
    """How a fact's number became a value: product of ``times`` over product of ``over``, plus ``plus``."""

    times: list[Number] = []
    over: list[Number] = []
    plus: Number = 0.0
    tolerance: Finite = 0.0
    """Allowed relative difference."""


class Fact(Table):
    """A statement of a source and where it went."""

    number: int
    claim: Text
    value: Level | None = None
    unit: Unit | None = None
    date: str = ""
    source: Text
    used_by: list[str] = []
    """Keys of the document that the fact informs; the first is checked against its number."""
    unused: str = ""
    """Why nothing uses it."""
    conversion: FactConversion | None = None
    flag: str = ""
    """An error or a conflict in the source, and what was done about it."""

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Fact:
        if bool(self.used_by) == bool(self.unused):
            raise ValueError(
                "a fact says either where it went ('used_by') or why nothing uses it ('unused'); "
                f"found {'both' if self.used_by else 'neither'}"
            )
        return self


class Document(Table):
    """A whole scenario."""

    title: Text
    question: str = ""
    cut_off: dt.date | None = None
    """The day whose knowledge the scenario holds."""
    invented: bool = False
    """Made up for teaching; shown wherever results are shown."""
    sourced: bool = False
    """Every number in markets, terms, behaviour and calendar has to be a sourced value."""
    seats: Annotated[list[str], Field(min_length=2)]
    conversions: list[Conversion] = []
    common_money: str = ""
    """The money in which gains of different parties are compared."""
    calendar: Calendar = Calendar()
    deadline: Deadline | None = None
    protocol: Protocol = Protocol()
    mechanisms: Mechanisms = Mechanisms()
    ratification: Ratification | None = None
    groups: dict[str, Group] = {}
    issues: Annotated[dict[str, Issue], Field(min_length=1)]
    markets: dict[str, Market] = {}
    accounts: dict[str, Account] = {}
    parties: Annotated[dict[str, Party], Field(min_length=2)]
    events: dict[str, Event] = {}
    values: dict[str, Value] = {}
    sources: dict[str, Source] = {}
    facts: dict[str, Fact] = {}
    overrides: dict[str, Override] = {}

    def party_order(self) -> list[str]:
        """Return all parties as a reader wants them: seats, members of groups side by side, then the others."""
        seated = [
            name for seat in self.seats for name in (self.groups[seat].members if seat in self.groups else [seat])
        ]
        grouped = [name for group in self.groups.values() for name in group.members]
        return list(dict.fromkeys([*seated, *grouped, *self.parties]))

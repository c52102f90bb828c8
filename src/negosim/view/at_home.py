"""What happens at home between the rounds, in words: lines that come and go, demands and answers, and who mobilises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from negosim.view.readings import Limit, group_labels, limits_in, lines_of, party_labels, rows_of
from negosim.view.words import amount, listed, unit_words

if TYPE_CHECKING:
    from negosim.sim.record import Record

KINDS = {"red_line": "red line", "public_line": "public line"}
SIDES = {"at_least": "at least", "at_most": "at most"}
RISEN = ("", "now lobbying", "now mobilised")
FALLEN = ("quiet again", "lobbying only", "")
"""What is said of a level that was reached from below, and from above."""
START = "from the start"
AT_HOME = ("demand of ", "pressure of ")
"""How the origin of a line begins that a group has brought."""


class AtHome:
    """Tells round by round what happened at home since the round before."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._groups, self._parties = group_labels(record), party_labels(record)
        self._payments = {row["group"]: (row["payment"], row["payment_unit"]) for row in rows_of(record.groups)}
        self._units = dict(zip(record.issues["issue"].astype(str), record.issues["unit"].astype(str), strict=True))
        self._lines = lines_of(record)
        self._levels: dict[str, int] = {}
        self._demanded: dict[str, str] = {}
        self._promised: set[str] = set()

    def lines(self, number: int, since: float, day: float) -> list[str]:
        """Return what to say before a round.

        Parameters
        ----------
        number : int
            Of the round.
        since : float
            Day of the round before; below 0 before the first.
        day : float
            Of the round.
        """
        home, pressing = self._record.home, self._record.pressure
        said = self._declared(since, day)
        moves = home[home["round"] == number]
        for group in dict.fromkeys(moves["group"]):
            said += self._moves(str(group), moves[moves["group"] == group])
        return said + self._moods(pressing[pressing["round"] == number])

    def _declared(self, since: float, day: float) -> list[str]:
        """Name the lines that stand from the start, or that events brought or ended."""
        own = [line for line in self._lines if not line.why.startswith(AT_HOME)]
        said = []
        for line in own:
            if since < line.first <= day:
                who, kind = self._parties.get(line.party, line.party), KINDS[line.kind]
                start = f"{who}, {kind} {START}" if line.why == START else f"{who} draws a {kind}"
                said.append(f"{start}: {line.label} ({self._limits(line.limits)})")
            elif line.last is not None and since < line.last <= day:
                said.append(
                    f"{self._parties.get(line.party, line.party)} gives up its {KINDS[line.kind]}: {line.label}"
                )
        return said

    def _moves(self, group: str, moves: pd.DataFrame) -> list[str]:
        """Tell demand, answer and reaction of one group in a line, and forced lines and lapses in lines of their own."""
        by_action = {str(action): rows for action, rows in moves.groupby("action", sort=False)}
        label = self._groups.get(group, group)
        government = str(moves["government"].iloc[0])
        whose = self._parties.get(government, government)
        said = []
        if "demand" in by_action:
            demand = self._demand(group, by_action["demand"])
            again = self._demanded.get(group) == demand
            self._demanded[group] = demand
            asked = "repeat their demand" if again else f"demand {demand}"
            answer = self._answer(group, government, by_action)
            said.append(f"At home, {label} {asked}; {whose}: {answer}")
        if "forced" in by_action:
            held = self._limits(limits_in(by_action["forced"]))
            kind = self._kind(government, by_action["forced"])
            said.append(f"At home, under pressure of {label}, {whose} is held to a {kind}: {held}")
        if "lapse" in by_action:
            gone = f"At home, the lines of {whose} for {label} lapse: {self._limits(limits_in(by_action['lapse']))}"
            first = next(iter(by_action)) == "lapse"
            said.insert(0 if first else len(said), gone)
        return said

    def _kind(self, government: str, drawn: pd.DataFrame) -> str:
        """Return whether lines that a government drew at home are red or public."""
        day, limits = float(drawn["day"].iloc[0]), set(limits_in(drawn))
        kinds = [
            KINDS[line.kind]
            for line in self._lines
            if line.party == government and line.first == day and line.why.startswith(AT_HOME)
            and limits <= set(line.limits)
        ]  # fmt: skip
        return kinds[0] if kinds else "line"

    def _demand(self, group: str, rows: pd.DataFrame) -> str:
        asked = [self._limits(limits_in(rows))] if limits_in(rows) else []
        asked += [self._sum(group, total) for total in rows["amount"].dropna()]
        return ", or ".join(asked)

    def _answer(self, group: str, government: str, by_action: dict[str, pd.DataFrame]) -> str:
        if "commitment" in by_action:
            answer = f"yes, as a {self._kind(government, by_action['commitment'])}"
        elif "payment" in by_action:
            answer = self._sum(group, by_action["payment"]["amount"].iloc[0], raised=group in self._promised)
            self._promised.add(group)
        else:
            return "refuses"
        return f"{answer}, which they {'accept' if 'acceptance' in by_action else 'find too little'}"

    def _limits(self, limits: Iterable[Limit]) -> str:
        return listed(
            f"{limit.issue.replace('_', ' ')} {SIDES[limit.side]} "
            f"{amount(limit.level)} {unit_words(self._units.get(limit.issue, 'none'))}".rstrip()
            for limit in limits
        )

    def _sum(self, group: str, total: float, *, raised: bool = False) -> str:
        label, unit = self._payments.get(group, ("", ""))
        words = f"{amount(total)} {unit_words(unit)}".rstrip() if isinstance(unit, str) else amount(total)
        label = label if isinstance(label, str) else ""
        return f"{label} raised to {words}".lstrip() if raised else f"{label} of {words}" if label else words

    def _moods(self, rows: pd.DataFrame) -> list[str]:
        """Name the stakeholders whose level changed."""
        moved: dict[str, list[str]] = {}
        for row in rows_of(rows):
            party, level = str(row["party"]), int(row["level"])
            before = self._levels.get(party, 0)
            self._levels[party] = level
            if level != before:
                said = (RISEN if level > before else FALLEN)[level]
                moved.setdefault(said, []).append(self._parties.get(party, party))
        if not moved:
            return []
        return ["At home, " + "; ".join(f"{what}: {', '.join(who)}" for what, who in moved.items())]


def vote_held(record: Record) -> list[str]:
    """Tell the vote on what was signed; nothing where none was needed."""
    vote: dict[str, Any] | None = record.outcome.get("vote")
    if not vote:
        return []
    issues = listed(issue.replace("_", " ") for issue in vote["needed_for"])
    said = (
        f"Needed for {issues}. All expected it to pass with {_percent(vote['expected_chance'])}; "
        f"its true chance was {_percent(vote['chance'])}."
    )
    return [f"{said} {'It passes.' if vote['passed'] else 'It fails, so no deal holds.'}"]


def _percent(chance: float) -> str:
    return f"{100 * chance:.0f} percent"

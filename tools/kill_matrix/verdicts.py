"""What a report on a mutant proves: pure functions from what was judged to killed, survived or extra.

A mutant is killed when the check of its requirement finds the defect. It must do so alone: another MUST that fails is
an extra, unless the mutant's data names it with the reason why it has to follow. What could not be tested on the
evidence at hand proves nothing either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from conformance.report import Report
from kill_matrix.mutants import Mutant

Outcome = Literal["killed", "survived", "extra", "error"]


@dataclass(frozen=True)
class Seen:
    """A requirement as it was judged: ``text`` is its first finding, or the reason why there is none."""

    level: str
    status: str
    text: str = ""


@dataclass(frozen=True)
class Trial:
    """One mutant's result. ``extras`` are unexplained failures, ``unneeded`` explanations of what did not fail.

    ``full``: every scenario was performed. ``seconds`` is wall time, 0 where kept evidence was judged. ``error`` says
    what broke in the kit or its engine.
    """

    mutant: Mutant
    seen: Mapping[str, Seen] = field(default_factory=dict)
    full: bool = False
    runs: int = 0
    seconds: float = 0.0
    error: str = ""

    @property
    def own(self) -> Seen:
        """How the requirement that must turn red was judged."""
        return self.seen.get(self.mutant.requirement, Seen("", "unknown"))

    @property
    def extras(self) -> Mapping[str, Seen]:
        """Other MUSTs that failed although nothing in the data says that they have to."""
        expected = {self.mutant.requirement, *self.mutant.also_fails}
        failed = {name: one for name, one in self.seen.items() if one.status == "fail" and one.level == "MUST"}
        return {name: one for name, one in failed.items() if name not in expected}

    @property
    def unneeded(self) -> tuple[str, ...]:
        """Requirements that the data says must fail as well, and that passed."""
        return tuple(name for name in self.mutant.also_fails if self.seen.get(name, self.own).status == "pass")

    @property
    def outcome(self) -> Outcome:
        """What it proves. A defect that was not found outweighs what was found beside it."""
        if self.error or self.own.status in {"inconclusive", "unknown"}:
            return "error"
        if self.own.status != "fail":
            return "survived"
        return "extra" if self.extras or self.unneeded else "killed"


def seen_in(report: Report) -> dict[str, Seen]:
    """Every requirement of a report as it was judged."""
    return {
        row.id: Seen(row.level, row.status, row.findings[0].message if row.findings else row.reason or "")
        for row in report.requirements
    }

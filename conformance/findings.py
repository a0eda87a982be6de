"""What a check says: findings, or why it says nothing.

A check never raises for a broken image and never stops at the first problem. An empty list of findings is a pass only
because the check looked; a check that could not look returns `NotTested`, one that has nothing to look at returns
`NotApplicable`. Silence is never one of the two.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One observed violation.

    ``message`` says what was observed and what was expected, in one or two sentences. ``scenario`` is the run that
    shows it (empty: the image itself), ``location`` where to look (``stdout:14``, ``manifest.yaml:7``,
    ``/output/a.parquet``). ``hint`` overrides the requirement's own hint. ``reproduce`` is filled in by the verdict.
    """

    message: str
    scenario: str = ""
    location: str = ""
    hint: str = ""
    reproduce: str = ""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The requirement does not concern this image; ``reason`` names the manifest line that says so."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotTested:
    """The requirement concerns this image but nothing observed decides it; ``reason`` says what was missing.

    ``observable`` is False where nothing that can be seen from outside of an image could ever decide it: then it says
    nothing of this image, and does not count.
    """

    reason: str
    observable: bool = True


Judgement = list[Finding] | NotApplicable | NotTested
"""What every check returns."""

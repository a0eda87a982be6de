"""The requirements as data: `catalogue.yaml`, read once, typed and frozen.

Everything that speaks of requirements (verdict, explain, JUnit, SARIF, the documentation) asks here. An edition, once
released, is frozen: rows are never edited, a later edition adds or replaces them, and a test compares each released
edition with a committed hash (`fingerprint`).
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any, Literal

EDITION = "1"
"""The edition that is judged unless another is asked for."""

PROFILES = ("current", "seed", "kubernetes")
"""The kinds of host: today's on Docker, the first one's dialect (legacy), today's on Kubernetes."""


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


Basis = Literal["E", "L", "D", "P", "K"]

BASES: Mapping[str, str] = {
    "E": "the host enforces it: the job fails, or a step of the host crashes",
    "L": "the host accepts a violation silently and loses or falsifies data",
    "D": "documented by the host's makers",
    "P": "portability: a violation breaks on some real host",
    "K": "policy of this kit",
}
"""What the letters of `Requirement.bases` mean."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the catalogue.

    ``level`` is the current profile's; ask `level_in` for another's. ``basis`` is as written (``E(P1)``, ``L/E``).
    ``checked`` says how the kit judges it, ``codes`` the scenarios (S00...) that show it. ``violators`` are known ways
    to violate it, ``hint`` tells an author how to mend it, ``example_good`` and ``example_bad`` are the shortest
    examples (empty where none helps). ``note`` gives the reason of a profile's own level.
    """

    id: str
    level: Level
    basis: str
    title: str
    statement: str
    source: str
    checked: str
    hint: str
    codes: tuple[str, ...] = ()
    violators: tuple[str, ...] = ()
    profiles: Mapping[str, Level] = field(default_factory=dict, hash=False)
    note: str = ""
    example_good: str = ""
    example_bad: str = ""
    since: str = EDITION

    @property
    def group(self) -> str:
        """The first half of the id: ``OUTPUT``."""
        return self.id.rpartition("-")[0]

    @property
    def bases(self) -> tuple[Basis, ...]:
        """The letters of the basis, for which `BASES` has the words."""
        parts = (part.partition("(")[0] for part in self.basis.replace("/", ",").split(","))
        letters: tuple[Basis, ...] = ("E", "L", "D", "P", "K")
        written = set(parts)
        return tuple(letter for letter in letters if letter in written)

    def level_in(self, profile: str) -> Level:
        """The level on hosts of a profile. Raises `ValueError` for a profile that does not exist."""
        if profile not in PROFILES:
            raise ValueError(f"there is no profile {profile!r}; profiles are {', '.join(PROFILES)}")
        return self.profiles.get(profile, self.level)


@cache
def load_catalogue(edition: str = EDITION) -> tuple[Requirement, ...]:
    """All requirements of an edition, in the catalogue's order.

    Raises `ValueError` for an edition that does not exist.
    """
    document = _read()
    if edition not in document["editions"]:
        raise ValueError(f"there is no edition {edition!r}; editions are {', '.join(document['editions'])}")
    known = document["editions"][: document["editions"].index(edition) + 1]
    rows = (_requirement(row) for row in document["requirements"])
    return tuple(requirement for requirement in rows if requirement.since in known)


def find(requirement_id: str, edition: str = EDITION) -> Requirement:
    """The requirement of that id, in upper or lower case.

    Raises `ValueError` with near ids if there is none.
    """
    wanted = requirement_id.strip().upper()
    for requirement in load_catalogue(edition):
        if requirement.id == wanted:
            return requirement
    raise ValueError(f"there is no requirement {requirement_id!r}{_near(wanted, edition)}")


def select(patterns: Iterable[str], edition: str = EDITION) -> tuple[Requirement, ...]:
    """The requirements that match any shell pattern (``OUTPUT-*``, ``output-00?``), in the catalogue's order.

    A bare group (``OUTPUT``) selects all of it; no pattern at all selects everything. Raises `ValueError` for a pattern
    that matches nothing.
    """
    catalogue = load_catalogue(edition)
    wanted = [pattern.strip().upper() for pattern in patterns]
    for pattern in wanted:
        if not any(_matches(requirement, pattern) for requirement in catalogue):
            raise ValueError(f"no requirement matches {pattern!r}{_near(pattern, edition)}")
    if not wanted:
        return catalogue
    return tuple(row for row in catalogue if any(_matches(row, pattern) for pattern in wanted))


def fingerprint(edition: str = EDITION) -> str:
    """A hash of what an edition demands: ids, levels in every profile and statements, in order."""
    demands = [
        [row.id, *(row.level_in(profile) for profile in PROFILES), row.statement] for row in load_catalogue(edition)
    ]
    return hashlib.sha256(json.dumps(demands, ensure_ascii=True).encode()).hexdigest()


def _matches(requirement: Requirement, pattern: str) -> bool:
    return fnmatchcase(requirement.id, pattern) or requirement.group == pattern


def _near(wanted: str, edition: str) -> str:
    ids = [requirement.id for requirement in load_catalogue(edition)]
    groups = list(dict.fromkeys(requirement.group for requirement in load_catalogue(edition)))
    near = difflib.get_close_matches(wanted, ids, n=3) or difflib.get_close_matches(
        wanted.rstrip("-*0123456789"), groups
    )
    return f"; did you mean {' or '.join(near)}?" if near else f"; groups are {', '.join(groups)}"


@cache
def _read() -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = resources.files("conformance.contract").joinpath("catalogue.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=loader)  # noqa: S506 - both loaders are safe
    assert isinstance(document, dict)
    return document


def _requirement(row: Mapping[str, Any]) -> Requirement:
    plain = dict(row)
    plain["level"] = Level(plain["level"])
    plain["profiles"] = {profile: Level(level) for profile, level in plain.get("profiles", {}).items()}
    for key in ("codes", "violators"):
        plain[key] = tuple(plain[key])
    return Requirement(**plain)

"""The spaces of a server: one per scenario, each with its key, faults, script and ledger."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.mock_openai import script as scripts
from conformance.mock_openai.faults import FaultRule
from conformance.mock_openai.ledger import Book
from conformance.mock_openai.schedule import Schedule
from conformance.mock_openai.schedule import rules as fault_rules

DEFAULT = "default"
"""The space of plain ``/v1``."""

UNDECLARED = "undeclared"
"""Where requests are recorded that went to no space at all."""

MOST_UNOPENED = 1_000
"""So many spaces come into being by a request alone; later names are recorded as undeclared."""

MOST_BODIES = 500_000
"""So many different bodies are counted per space; older ones start again at 0."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~+:@=,()-]{0,199}")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a space was opened.

    ``key`` None takes any key. Without ``require_key`` no key is needed (a wrong one is refused all the same).
    ``models`` are the models that exist here (None: any). ``accept_any`` answers unknown paths too,
    where no key is needed: other protocols may want it elsewhere than as a bearer token.
    """

    key: str | None = None
    require_key: bool = True
    models: tuple[str, ...] | None = None
    accept_any: bool = False


class Space:
    """One scenario's part of the server."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        rules: tuple[FaultRule, ...] = (),
        script: scripts.Script | None = None,
    ):
        self.name = name
        self.settings = settings
        self.schedule = Schedule(rules)
        self.script = script or scripts.Script()
        self.book = Book()
        self.arrivals = 0
        self.active = 0
        self.first_arrival = 0.0
        self.released = asyncio.Event()
        self._answers: dict[bytes, int] = {}
        self._attempts: dict[bytes, int] = {}

    def next_answer(self, digest: bytes) -> int:
        """k: how often a body with this digest was answered before."""
        return _count(self._answers, digest)

    def next_attempt(self, digest: bytes) -> int:
        """How often a body with this digest has come before, answered or not."""
        return _count(self._attempts, digest)


def _count(counts: dict[bytes, int], digest: bytes) -> int:
    before = counts.get(digest, 0)
    counts[digest] = before + 1
    if len(counts) > MOST_BODIES:
        del counts[next(iter(counts))]
    return before


class Spaces:
    """All spaces of one server."""

    def __init__(self) -> None:
        self._spaces: dict[str, Space] = {}
        self._closed: set[str] = set()
        self.undeclared = Space(UNDECLARED, Settings())

    def open(
        self,
        name: str,
        *,
        key: str | None = None,
        faults: Iterable[str | Mapping[str, Any] | FaultRule] = (),
        script: Any = None,
        models: Iterable[str] | None = None,
        accept_any: bool = False,
        require_key: bool = True,
    ) -> Space:
        """Open a space, or open it anew: what it was before is forgotten. Raises `ValueError` for wrong input."""
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name == UNDECLARED:
            raise ValueError(
                f"{name!r} cannot be a scenario's name: use letters, digits and ._~+:@=,()- (and not {UNDECLARED!r})"
            )
        if key is not None and (not isinstance(key, str) or not key):
            raise ValueError("key must be text that is not empty; give require_key=False for a space without keys")
        known = None if models is None else tuple([models] if isinstance(models, str) else models)
        settings = Settings(key, require_key, known, accept_any)
        space = Space(name, settings, fault_rules(faults), scripts.load(script))
        self._closed.discard(name)
        self._spaces[name] = space
        return space

    def close(self, name: str) -> None:
        """Forget a space; requests that come late are recorded as undeclared."""
        if self._spaces.pop(name, None) is not None:
            self._closed.add(name)

    def forget_closed(self) -> None:
        """Let the names of closed spaces be used again by a request alone, and forget what was undeclared."""
        self._closed.clear()
        self.undeclared = Space(UNDECLARED, Settings())

    def get(self, name: str) -> Space | None:
        """The space of that name, if there is one."""
        return self.undeclared if name == UNDECLARED else self._spaces.get(name)

    def find(self, name: str) -> Space | None:
        """The space that a request to this name goes to; None when it is closed, or when there are too many."""
        space = self._spaces.get(name)
        if space is None and name not in self._closed and len(self._spaces) < MOST_UNOPENED and _NAME.fullmatch(name):
            space = self._spaces[name] = Space(name, Settings())
        return space

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all spaces there are."""
        return tuple(self._spaces)

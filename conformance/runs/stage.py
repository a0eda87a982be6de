"""Where scenarios are performed, and one that is ready to run: data that every procedure is given.

A stage belongs to one target. Every scenario has folders of its own, so any number of them run side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.contract.model import Manifest
from conformance.engines.protocol import Engine, RunRequest
from conformance.evidence import FedDataset, ImageFacts, Run
from conformance.mock_openai import MockOpenAI
from conformance.scenarios.model import Scenario


@dataclass(frozen=True)
class Stage:
    """Where the scenarios of one target are performed.

    ``root`` is a folder for their files (kept when evidence is kept), ``seed`` makes the canaries, ``baseline`` is the
    run of that name once it was made. ``runnable`` is what a person can give to ``docker run``, ``configured`` are the
    names of the variables whose values a person set.
    """

    engine: Engine
    mock: MockOpenAI
    image: ImageFacts
    manifest: Manifest
    root: Path
    timeout: float = 300.0
    memory_bytes: int = 2 * 1024**3
    profile: str = "current"
    seed: int = 0
    has_shell: bool = True
    runnable: str = ""
    configured: frozenset[str] = frozenset()
    baseline: Run | None = None

    def folder(self, scenario: str) -> Path:
        """The folder of one scenario."""
        return self.root / scenario


@dataclass(frozen=True)
class Prepared:
    """A scenario whose folders and inputs are there: what its container needs, and what the evidence will say."""

    scenario: Scenario
    request: RunRequest
    datasets: tuple[FedDataset, ...]
    secrets: tuple[str, ...]
    input_before: Any
    network_host: str = "127.0.0.1"
    foreign: Mapping[str, str] = field(default_factory=dict)

"""What a person may ask of a check: one frozen value, made by the command line, the plugin or a library's caller."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from conformance.configuration import Configuration

Scope = Literal["full", "quick"]
Profile = Literal["current", "seed", "kubernetes"]


@dataclass(frozen=True)
class Options:
    """How to check a target.

    ``only`` are requirement patterns (``OUTPUT-*``); empty means all. ``scenarios`` are names or patterns of the runs
    to perform; empty means those that the selected requirements need. ``timeout`` is in seconds for one container
    run, None the host's 300. ``jobs`` is the number of containers that work side by side; as many more may wait
    for a system that fails. ``datasets`` gives a real input file for a declared dataset. ``evidence_directory`` keeps
    inputs, outputs and the evidence file.
    """

    scope: Scope = "full"
    profile: Profile = "current"
    strict: bool = False
    only: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    timeout: float | None = None
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    configuration: Configuration = field(default_factory=Configuration)
    waivers: Path | None = None
    evidence_directory: Path | None = None
    engine_url: str | None = None
    edition: str | None = None
    seed: int = 0
    datasets: Mapping[str, Path] = field(default_factory=dict)
    explore: int = 0
    build_arguments: Mapping[str, str] = field(default_factory=dict)

    def kept_apart(self, target: str, targets: Sequence[str]) -> Options:
        """The same options with an evidence folder of the target's own, where there are several targets."""
        if self.evidence_directory is None or len(targets) == 1:
            return self
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", target).strip("._") or "target"
        return replace(self, evidence_directory=self.evidence_directory / f"{list(targets).index(target) + 1}-{name}")

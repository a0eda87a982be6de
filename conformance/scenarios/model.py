"""A scenario: one container run with given inputs, as data. Nothing here touches a disk, an engine or a network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from conformance.inputs.plan import DatasetPlan, SystemPlan

Expectation = Literal["success", "failure", "either"]


LONGEST_NAME = 80


def safe_name(name: str) -> str:
    """A scenario's name that can be a folder's and a part of a URL, whatever a manifest calls its datasets.

    What had to be changed ends in a checksum of the original, so that two names stay two.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name)
    if safe == name and len(name) <= LONGEST_NAME:
        return name
    return f"{safe[:LONGEST_NAME]}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:6]}"


@dataclass(frozen=True)
class Scenario:
    """One container run.

    ``name`` is unique and stable (requirements and waivers refer to it); ``code`` is contract.md's (S01...).
    ``question`` says in one sentence what it asks of the image. ``builds_on`` names scenarios that must have ended in
    success, else this one is not run. ``expects`` is what a conformant image does.

    Inputs: ``parameters`` merged into the generation parameters; ``datasets`` by declared name (an absent declared
    dataset is not given at all; an empty mapping means no ``input_datasets`` key); ``systems`` by role (empty: no
    ``--systems-params``). ``metadata`` None leaves the key out. ``arguments`` replaces the whole argv.

    Surroundings: ``environment`` on top of the mount variables (None removes one), ``output`` says which folder is
    mounted at /output (``fresh``, ``none``, ``used:SCENARIO`` the folder that another run filled), ``profile`` the
    host's way of running. ``faults`` are named faults of the mock server. ``joined`` puts both streams on one pipe.
    ``options`` are for procedures of their own (see `conformance.runs.procedures`); with ``borrow_from`` the parameters
    are those of the first of the named runs in which the image asked its systems.
    """

    name: str
    code: str
    question: str
    builds_on: tuple[str, ...] = ()
    expects: Expectation = "success"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    datasets: Mapping[str, DatasetPlan] = field(default_factory=dict)
    systems: Mapping[str, SystemPlan] = field(default_factory=dict)
    metadata: Mapping[str, Any] | None = field(default_factory=dict)
    arguments: tuple[str, ...] | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    output: str = "fresh"
    joined: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

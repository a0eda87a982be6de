"""What a reader is asked for and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.contract.model import Feature
from conformance.outputs.facts import ColumnFacts
from conformance.outputs.values import Opener, no_files

COLUMN_LIMIT = 5_000


class UnreadableError(Exception):
    """A file is not a whole instance of its form; the message says where it stops being one."""


@dataclass(frozen=True)
class Question:
    """Which columns the manifest declares, the form that the file has, and how to find files that values name."""

    features: Mapping[str, Feature] = field(default_factory=dict)
    form: str = ""
    opener: Opener = no_files


@dataclass(frozen=True)
class Contents:
    """The rows of a file, or of several that make one dataset."""

    rows: int = 0
    columns: tuple[ColumnFacts, ...] = ()
    fingerprint: str = ""
    row_hashes: tuple[str, ...] = ()
    sample: tuple[Mapping[str, Any], ...] = ()
    text_head: str = ""


@dataclass(frozen=True)
class Part:
    """One file of a dataset, with its compression."""

    file: Path
    compression: str = ""

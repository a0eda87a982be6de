"""The five sample reviews, used wherever a dataset's features fit them.

``sample_reviews.json`` beside this module equals ``fixtures/sample_reviews.json`` (a test compares them), so that an
installed kit has it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.contract.features import STRINGS
from conformance.contract.model import HUGGINGFACE, Feature, InputDataset

SAMPLE_REVIEWS = Path(__file__).with_name("sample_reviews.json")
COLUMNS = frozenset({"text", "label"})


def fits(features: Iterable[Feature], columns: Iterable[str] = COLUMNS) -> bool:
    """Whether the features can be filled from columns of text: all are text, by those names, and one is ``text``."""
    listed, names = tuple(features), frozenset(columns)
    textual = all(one.kind == "Value" and one.dtype in STRINGS and one.name in names for one in listed)
    return textual and any(one.name == "text" for one in listed)


def use_sample(dataset: InputDataset) -> Path | None:
    """The sample file, if the dataset's features fit it."""
    return SAMPLE_REVIEWS if HUGGINGFACE in dataset.types and fits(dataset.features) else None


def sample_rows() -> list[dict[str, Any]]:
    """The sample reviews as rows."""
    rows: list[dict[str, Any]] = json.loads(SAMPLE_REVIEWS.read_text(encoding="utf-8"))
    return rows

"""How one declared dataset or system is to be made for a run: data that a scenario carries and this room obeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Builder = Literal["parquet", "json", "jsonl", "csv", "arrow"]
"""A file format as the kit names it; ``jsonl`` is the loader's builder ``json`` with one object per line."""

Layout = Literal["file", "list", "directory", "subfolder", "odd-name"]
"""Where the rows are: one file, a list of files, a ``data_dir``, a file two folders down, a name with a space and é."""

Defect = Literal[
    "", "missing-file", "empty-directory", "corrupt", "missing-column", "wrong-dtype", "no-rows", "one-row"
]
"""What is wrong (or extreme) with it on purpose."""


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """How to make one dataset.

    ``renamed`` gives columns other names in the file and a ``mapping`` that restores them. ``nulls`` puts missing
    values into features that are not required. ``extra_columns`` adds undeclared ones, ``shuffled`` reorders columns.
    ``wild_text`` puts non-ASCII, quotes, newlines, emoji and long values into text. ``rows`` is the number of rows
    (of paragraphs, for documents). ``source`` is a real input file to use instead of made rows. ``location``
    overrides the path in the definition and nothing is written (injected paths).
    """

    type: str = "huggingface"
    builder: Builder = "parquet"
    layout: Layout = "file"
    rows: int = 6
    seed: int = 0
    split: str | None = None
    streaming: bool = False
    token: str | None = None
    renamed: bool = False
    nulls: bool = False
    extra_columns: bool = False
    shuffled: bool = False
    wild_text: bool = False
    defect: Defect = ""
    legacy_definition: bool = False
    source: Path | None = None
    location: str | None = None


@dataclass(frozen=True)
class SystemPlan:
    """One system as the run is given it.

    ``type`` is the system's type in the manifest's words. ``omit`` are keys left out (``api_key``, ``base_url``,
    ``model``); ``extra`` are keys added or replaced. ``trailing_slash`` ends the base URL with a slash.
    """

    type: str = "llm_api"
    omit: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    trailing_slash: bool = False

"""Facts about produced files: frozen, plain, and enough for every check to judge without the files.

A fact says what is there, never whether that is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MORE = "more"
"""The kind of the last entry of a scan that stopped at its limit; its path is empty."""


@dataclass(frozen=True)
class FileFacts:
    """One entry of the output folder. ``path`` is relative to it, with forward slashes.

    ``kind`` is file, directory, symlink, other (a socket, a device) or `MORE`. ``target`` is a symlink's text;
    ``escapes`` says that it leads out of the folder. ``sha256`` is empty for everything but files.
    """

    path: str
    kind: str = "file"
    size: int = 0
    sha256: str = ""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    target: str = ""
    escapes: bool = False


@dataclass(frozen=True)
class ColumnFacts:
    """One column as the file has it.

    ``feature`` is the column's type in the manifest's own notation (see `conformance.contract.features`), as far as
    the file tells: ``{"kind": "Value", "dtype": "int64"}``. ``nulls`` counts missing values. ``misfits`` are problems
    of values or types against the declared feature, in sentences, at most ten: a label out of range, bytes that no
    image library decodes, a text value that does not cast without loss. They are found by the reader because they
    need the data; whether they matter is the checks' business. ``type_misfit`` is the mismatch of the column's type
    alone (empty: it matches after the aliases and format-forced changes of contract.md 9.5). ``minimum`` and
    ``maximum`` are set for whole numbers.
    """

    name: str
    feature: Mapping[str, Any] = field(default_factory=dict)
    nulls: int = 0
    null_type: bool = False
    type_misfit: str = ""
    misfits: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class DatasetFacts:
    """One produced dataset or report, found under the path that the result document states.

    ``role`` is dataset or report, ``index`` the position among the well-formed entries of that list of the document.
    ``name`` and ``path`` are the document's words. ``form`` is what the bytes are: parquet, arrow-file, arrow-stream,
    save_to_disk, jsonl, json, csv, text, pdf, html, directory, empty, missing, link-out, denied (this kit may not read
    it) or unknown. ``inner`` is the form of the files of a directory. ``compression`` is gzip or zstd. ``problem`` says
    why it cannot be read whole (empty: it can). ``fingerprint`` is a hash of the values in row order, independent of
    the format; ``row_hashes`` has one short hash per row (at most 1,000); ``sample`` the first rows (at most 20) as
    JSON values, long ones cut. ``self_describing``: the format keeps types. ``reloads`` is empty where
    `datasets.load_dataset(builder, data_files=...)` loads it as the host's library would, else the reason.
    """

    name: str
    path: str
    form: str = "missing"
    problem: str = ""
    rows: int = 0
    columns: tuple[ColumnFacts, ...] = ()
    size: int = 0
    self_describing: bool = False
    fingerprint: str = ""
    row_hashes: tuple[str, ...] = ()
    sample: tuple[Mapping[str, Any], ...] = ()
    reloads: str | None = None
    text_head: str = ""
    role: str = "dataset"
    index: int = 0
    inner: str = ""
    compression: str = ""

    def column(self, name: str) -> ColumnFacts | None:
        """The column of that name, if the file has it."""
        return next((column for column in self.columns if column.name == name), None)

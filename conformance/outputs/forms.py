"""What a file is, told from its bytes; its name and its stated format only decide between CSV and plain text.

The forms are those of `conformance.outputs.facts.DatasetFacts`.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

HEAD = 64 * 1024
SELF_DESCRIBING = frozenset({"parquet", "arrow-file", "arrow-stream", "save_to_disk"})
"""Forms that keep the columns' types."""

FORMAT_FORMS = {
    "parquet": frozenset({"parquet"}),
    "json": frozenset({"json", "jsonl"}),
    "jsonl": frozenset({"jsonl"}),
    "json_lines": frozenset({"jsonl"}),
    "jsonlines": frozenset({"jsonl"}),
    "ndjson": frozenset({"jsonl"}),
    "csv": frozenset({"csv"}),
    "tsv": frozenset({"csv"}),
    "arrow": frozenset({"arrow-file", "arrow-stream", "save_to_disk"}),
    "feather": frozenset({"arrow-file"}),
    "ipc": frozenset({"arrow-file", "arrow-stream"}),
    "text": frozenset({"text"}),
    "txt": frozenset({"text"}),
    "pdf": frozenset({"pdf"}),
    "html": frozenset({"html"}),
    "save_to_disk": frozenset({"save_to_disk"}),
}
"""Which forms a stated ``format`` allows; a format that is not listed allows any."""

EXTENSION_FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".arrow": "arrow",
    ".feather": "feather",
    ".ipc": "ipc",
    ".txt": "text",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
}
"""The format that a file name's extension stands for; others say nothing."""

_COMPRESSED = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class Form:
    """What a file is, and how it is compressed (empty, gzip or zstd)."""

    name: str
    compression: str = ""


def format_of_name(path: str) -> str:
    """The format that a path's extension stands for (``a.csv.gz`` is csv); empty where it says nothing."""
    name = PurePosixPath(path.rstrip("/"))
    if name.suffix.lower() in _COMPRESSED:
        name = name.with_suffix("")
    return EXTENSION_FORMATS.get(name.suffix.lower(), "")


def detect(file: Path, stated: str = "") -> Form:
    """The form of a regular file. ``stated`` is its format in someone's words (parquet, csv, ...), a hint for text.

    Raises `OSError` where the file cannot be opened.
    """
    with file.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        return Form("empty")
    compression = _compression(head)
    if compression:
        try:
            head = _unpacked_head(file, compression, head)
        except (OSError, EOFError, ValueError, zlib.error):
            return Form("unknown", compression)
    return Form(_form_of(head, stated or format_of_name(file.name)), compression)


def _unpacked_head(file: Path, compression: str, head: bytes) -> bytes:
    """The first bytes of what a compressed file holds, even if it breaks off after them."""
    if compression == "gzip":
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    with open_plain(file, compression) as plain:
        return plain.read(HEAD)


def open_plain(file: Path, compression: str) -> IO[bytes]:
    """A file's bytes, decompressed while they are read."""
    if compression == "gzip":
        return cast("IO[bytes]", gzip.open(file, "rb"))
    if compression == "zstd":
        import pyarrow as pa

        stream: IO[bytes] = io.BufferedReader(pa.CompressedInputStream(pa.OSFile(str(file)), "zstd"))
        return stream
    return file.open("rb")


def _compression(head: bytes) -> str:
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else ""


def _form_of(head: bytes, stated: str) -> str:
    return _binary_form(head) or _text_form(head, stated)


def _binary_form(head: bytes) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"ARROW1\0\0"):
        return "arrow-file"
    if head.startswith(b"\xff\xff\xff\xff"):
        return "arrow-stream"
    return "pdf" if head.startswith(b"%PDF-") else ""


def _text_form(head: bytes, stated: str) -> str:
    text = _as_text(head)
    if text is None:
        return "unknown"
    start = text.lstrip("\ufeff").lstrip()
    if not start:
        return "empty"
    if stated in {"text", "txt"}:
        return "text"
    if stated in {"csv", "tsv"} and not start.startswith(("{", "[", "<")):
        return "csv"
    return _json_form(start, len(head) < HEAD) or _prose_form(start)


def _prose_form(start: str) -> str:
    if start[:200].lower().startswith(("<!doctype html", "<html", "<head", "<body", "<!--", "<?xml")):
        return "html"
    return "csv" if _looks_like_csv(start) else "text"


def _json_form(start: str, whole: bool) -> str:
    """jsonl, json or nothing. A first line that is a whole object makes it JSON lines; so does a broken one."""
    if start.startswith("["):
        return "json" if start[1:].lstrip()[:1] in {"{", "]", ""} else ""
    if not start.startswith("{"):
        return ""
    first = start.split("\n", 1)[0]
    try:
        json.loads(first)
    except ValueError:
        pretty = first.strip() == "{" or (whole and _is_json(start))
        return "json" if pretty else "jsonl"
    except RecursionError:
        return "unknown"
    return "jsonl"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _as_text(head: bytes) -> str | None:
    """The text of a file's first bytes (a character may be cut at the end); None where it is no UTF-8 text."""
    if b"\0" in head:
        return None
    for cut in range(4):
        try:
            return head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            if len(head) < HEAD:
                return None
    return None


def _looks_like_csv(text: str) -> bool:
    """Whether the first lines have one and the same number of commas, at least one."""
    lines = [line for line in text.splitlines()[:3] if line.strip()]
    counts = {line.count(",") for line in lines if '"' not in line}
    return len(counts) == 1 and counts != {0}

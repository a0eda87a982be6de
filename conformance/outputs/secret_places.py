"""Secrets in a folder: plain, percent-encoded or base64, in names, bytes, archives, and columnar data.

Runs in the child process (`conformance.outputs.child`). Streams are searched block by block with an overlap, so that
memory is bounded and a secret across two blocks is found; what archives unpack to is limited.
"""

from __future__ import annotations

import base64
import gzip
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from conformance.outputs.forms import detect
from conformance.outputs.tree import readable, walk

FILE_LIMIT = 20_000
UNPACKED_LIMIT = 1024**3
_BLOCK = 1024**2

Needles = list[tuple[int, bytes]]


def spellings(secret: str) -> list[bytes]:
    """How a secret may be written: as it is, percent-encoded, or base64 at any place in a longer text."""
    plain = secret.encode()
    found = {plain, quote(secret, safe="").encode()}
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # Only the characters that depend on nothing but the secret: the edges mix with their neighbours.
            first = (shift * 8 + 5) // 6
            last = (shift + len(plain)) * 8 // 6
            found.add(encode(b"\0" * shift + plain)[first:last])
    return sorted(spelling for spelling in found if len(spelling) >= 6)


def find_secrets(folder: Path, secrets: list[str]) -> list[dict[str, Any]]:
    """Every place where a secret occurs, once per secret and place: ``{"canary": index, "where": text}``."""
    needles = [(number, spelling) for number, secret in enumerate(secrets) for spelling in spellings(secret)]
    found: set[tuple[int, str]] = set()
    for path, name in _entries(folder):
        shown = readable(name)
        found |= {(number, f"the name of {shown}") for number in _in_bytes(os.fsencode(name), needles)}
        if stat.S_ISREG(path.lstat().st_mode):
            found |= {(number, where) for number, where in _in_file(path, shown, needles)}
    return [{"canary": number, "where": where} for number, where in sorted(found, key=lambda each: (each[1], each[0]))]


def _entries(folder: Path) -> Iterator[tuple[Path, str]]:
    count = 0
    for parent, folders, names in walk(folder):
        for name in sorted([*folders, *names]):
            count += 1
            if count > FILE_LIMIT:
                return
            path = parent / name
            yield path, os.path.relpath(path, folder)


def _in_bytes(data: bytes, needles: Needles) -> set[int]:
    return {number for number, needle in needles if needle in data}


def _in_file(path: Path, shown: str, needles: Needles) -> set[tuple[int, str]]:
    """The secrets in one file; a file that cannot be opened or unpacked is searched as far as it goes."""
    searches: list[Callable[[], set[tuple[int, str]]]] = [lambda: _in_raw(path, shown, needles)]
    try:
        form = detect(path)
        zipped = zipfile.is_zipfile(path)
    except OSError:
        return set()
    if form.compression == "gzip":
        searches.append(lambda: _in_gzip(path, shown, needles))
    if zipped:
        searches.append(lambda: _in_zip(path, shown, needles))
    if form.name in {"parquet", "arrow-file", "arrow-stream"}:
        searches.append(lambda: _in_columns(path, form.name, shown, needles))
    found: set[tuple[int, str]] = set()
    for search in searches:
        try:
            found |= search()
        except Exception:  # noqa: BLE001, S112 - a broken archive hides nothing that its loader would show
            continue
    return found


def _in_raw(path: Path, shown: str, needles: Needles) -> set[tuple[int, str]]:
    with path.open("rb") as stream:
        return {(number, shown) for number in _in_stream(stream, needles)}


def _in_gzip(path: Path, shown: str, needles: Needles) -> set[tuple[int, str]]:
    with gzip.open(path, "rb") as stream:
        return {(number, f"{shown}, unpacked") for number in _in_stream(stream, needles)}


def _in_zip(path: Path, shown: str, needles: Needles) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist()[:FILE_LIMIT]:
            where = f"{shown}, member {member.filename}"
            found |= {(number, where) for number in _in_bytes(member.filename.encode(), needles)}
            with archive.open(member) as stream:
                found |= {(number, where) for number in _in_stream(stream, needles)}
    return found


def _in_stream(stream: IO[bytes] | gzip.GzipFile, needles: Needles) -> set[int]:
    overlap = max((len(needle) for _, needle in needles), default=1) - 1
    found: set[int] = set()
    tail, read = b"", 0
    while read < UNPACKED_LIMIT and (block := _next_block(stream)):
        window = tail + block
        found |= _in_bytes(window, needles)
        tail = window[-overlap:] if overlap else b""
        read += len(block)
    return found


def _next_block(stream: IO[bytes] | gzip.GzipFile) -> bytes:
    """The next block; nothing where a compressed stream breaks off."""
    try:
        return stream.read(_BLOCK)
    except (OSError, EOFError, zlib.error):
        return b""


def _in_columns(path: Path, form: str, shown: str, needles: Needles) -> set[tuple[int, str]]:
    """The secrets in text and binary values, which columnar formats compress and encode."""
    found: set[tuple[int, str]] = set()
    for name, data in _column_buffers(path, form):
        found |= {(number, f"{shown}, column {name}") for number in _in_bytes(data, needles)}
    return found


def _column_buffers(path: Path, form: str) -> Iterator[tuple[str, bytes]]:
    """For each batch and column, the bytes in which its values lie side by side."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pa.OSFile(str(path)) as source:
        if form == "parquet":
            batches: Any = pq.ParquetFile(source, pre_buffer=False).iter_batches(1024)
        elif form == "arrow-file":
            opened = pa.ipc.open_file(source)
            batches = (opened.get_batch(index) for index in range(opened.num_record_batches))
        else:
            batches = pa.ipc.open_stream(source)
        for batch in batches:
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
                for buffer in plain.buffers():
                    if buffer is not None:
                        yield name, buffer.to_pybytes()

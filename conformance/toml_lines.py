"""TOML files that people write: read with the standard library, complained about with the line number.

`tomllib` keeps no positions, so the line of an entry is looked up only when there is something to complain about.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from conformance.errors import ConfigurationError

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")

Path_ = tuple[str | int, ...]
"""The way to a value: keys and, in arrays of tables, positions."""


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """The document and its text.

    Raises `ConfigurationError`, with the line where the parser names one, when it cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from None
    try:
        return tomllib.loads(text), text
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"{path}:{line[1]}" if line else str(path)
        raise ConfigurationError(f"{where}: not valid TOML: {error}") from None


def line_of(text: str, path: Path_) -> int:
    """The line (from 1) of the entry at that path, or of its nearest parent; 1 if even that is not found."""
    lines = _entry_lines(text)
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1


def _entry_lines(text: str) -> dict[Path_, int]:
    found: dict[Path_, int] = {}
    arrays: dict[Path_, int] = {}
    table: Path_ = ()
    rows = text.splitlines()
    for index, row in enumerate(rows):
        header, key = _HEADER.match(row), _KEY.match(row)
        if not (header or key) or not _parses("\n".join(rows[:index])):
            continue  # inside a string or array of several lines
        if header:
            table = _keys(header[2])
            if header[1] == "[[":
                arrays[table] = arrays.get(table, -1) + 1
                found.setdefault(table, index + 1)
                table = (*table, arrays[table])
            found.setdefault(table, index + 1)
        elif key:
            found.setdefault((*table, *_keys(key[1])), index + 1)
    return found


def _parses(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _keys(dotted: str) -> Path_:
    try:
        document: Any = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return (dotted,)
    keys: list[str] = []
    while isinstance(document, dict):
        key, document = next(iter(document.items()))
        keys.append(key)
    return tuple(keys)

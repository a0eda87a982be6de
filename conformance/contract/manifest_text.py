"""YAML from an image into plain data: safely, within limits, and as the host would read it.

The host calls `yaml.safe_load` on the file as text. Here the same constructors run, but only after a pass over the
events has shown that the document is small and flat, and a walk over its nodes that aliases do not blow it up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 60
MAX_NODES = 50_000
"""Nodes after aliases have been written out."""

FAST_FROM = 128 * 1024
"""Larger texts are read by libyaml, which is ten times faster and differs from the host's reader in corner cases."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class TextProblem:
    """Something that keeps the text from being read, and its line (0: the whole file)."""

    message: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """What was read: ``document`` is None when there is a problem.

    ``repeated`` are keys given twice in one mapping (the last one counts), each with its path and line.
    """

    document: Any = None
    lines: Mapping[Path, int] = field(default_factory=dict)
    repeated: tuple[tuple[Path, int], ...] = ()
    problems: tuple[TextProblem, ...] = ()


def read_yaml(data: bytes) -> Text:
    """One YAML document as plain data with the lines of its parts. Never raises."""
    if len(data) > MAX_BYTES:
        return _problem(f"it is larger than {MAX_BYTES // 1024} KiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return _problem(f"byte {error.start} is not UTF-8 (0x{data[error.start]:02x})", line)
    try:
        return _read(text.replace("\r\n", "\n").replace("\r", "\n"))
    except Exception as error:  # noqa: BLE001 - the constructors raise whatever a value makes them raise
        return _refused(error)


def _refused(error: Exception) -> Text:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        words = ", ".join(part for part in (error.context, error.problem) if part)
        return _problem(words or "it is not YAML", mark.line + 1 if mark else 0)
    if isinstance(error, yaml.reader.ReaderError):
        code = ord(error.character) if isinstance(error.character, str) else int(error.character)
        return _problem(f"the character U+{code:04X} is not allowed in YAML")
    if isinstance(error, RecursionError):
        return _problem("it is nested too deep")
    return _problem(f"a value cannot be read ({type(error).__name__}: {error})")


def _problem(message: str, line: int = 0) -> Text:
    return Text(problems=(TextProblem(message, line),))


def _read(text: str) -> Text:
    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader) if len(text) > FAST_FROM else yaml.SafeLoader
    if problem := _oversize(yaml.parse(text, Loader=loader_class)):
        return problem
    loader = loader_class(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return _problem("it is empty")
        if _expanded(node, {}) > MAX_NODES:
            return _problem("its aliases blow it up or lead back to themselves", node.start_mark.line + 1)
        repeated = tuple(_repeated(node, ()))
        document = loader.construct_document(node)
        repr(document)  # raises for a hexadecimal number that is too long to be written, as YAML does for a decimal one
        return Text(document, dict(_lines(node, (), loader)), repeated)
    finally:
        loader.dispose()


def _oversize(events: Iterator[yaml.Event]) -> Text | None:
    depth = 0
    for count, event in enumerate(events):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            limit = f"nested deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else f"longer than {MAX_NODES} parts"
            return _problem(f"it is {limit}", event.start_mark.line + 1 if event.start_mark else 0)
    return None


def _expanded(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes there are once aliases are written out; a cycle counts as more than allowed."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MAX_NODES + 1
    size = 1
    for child in _children(node):
        size = min(size + _expanded(child, known), MAX_NODES + 1)
    known[id(node)] = size
    return size


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _repeated(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int]]:
    """Keys that occur twice in one mapping, seen before merges are resolved."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else None
            here = (*path, str(key.value))
            if name is not None and name in seen and key.tag != "tag:yaml.org,2002:merge":
                yield here, key.start_mark.line + 1
            seen.add(name)
            yield from _repeated(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _repeated(child, (*path, index))


def _lines(node: yaml.Node, path: Path, loader: Any) -> Iterator[tuple[Path, int]]:
    """The line of every part, after merges are resolved; of a repeated key the last."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value if key.tag == "tag:yaml.org,2002:str" else loader.construct_object(key, deep=True)
            yield (*path, name), key.start_mark.line + 1
            yield from _lines(value, (*path, name), loader)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield (*path, index), child.start_mark.line + 1
            yield from _lines(child, (*path, index), loader)

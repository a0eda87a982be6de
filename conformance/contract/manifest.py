"""From the bytes of ``/app/manifest.yaml`` to the typed `Manifest`: never raises, keeps what is well formed.

What the host would refuse is left out or, where the meaning is plain (``type: int``), read as meant, so that one bad
entry does not keep the rest of the image from being tested. Judging is not done here: see `manifest_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.contract.features import ALIASES, BINARIES, STRINGS
from conformance.contract.manifest_text import TextProblem, read_yaml
from conformance.contract.model import (
    HUGGINGFACE,
    EnvironmentVariable,
    Feature,
    InputDataset,
    Manifest,
    Metric,
    OutputDataset,
    OutputReport,
    Parameter,
    System,
)

ManifestProblem = TextProblem
"""What keeps a manifest from being read at all (MANIFEST-001), with its line."""

DATASET_TYPES = (HUGGINGFACE, "pdf", "txt")
PARAMETER_TYPES = ("string", "integer", "float", "boolean", "list", "object", "enum")
MEANT_TYPES = {
    "str": "string",
    "text": "string",
    "int": "integer",
    "number": "float",
    "double": "float",
    "bool": "boolean",
    "array": "list",
    "dict": "object",
}
"""Parameter types that hosts refuse but whose meaning is plain."""

DTYPES = frozenset(
    {
        *("null", "bool", "float16", "float32", "float64", "date32", "date64", *ALIASES, *STRINGS, *BINARIES),
        *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
        *("time32[s]", "time32[ms]", "time64[us]", "time64[ns]"),
        *(f"{kind}[{unit}]" for kind in ("timestamp", "duration") for unit in ("s", "ms", "us", "ns")),
    }
)
"""The scalar types that a manifest may name (contract.md 9.3)."""

MEANT_DTYPES = {"str": "string", "int": "int64", "integer": "int64", "boolean": "bool", "number": "float64"}
FEATURE_TYPES = ("Value", "List", "Dict", "ClassLabel", "Image", "Audio", "Video")

_TRUE = {"true", "t", "yes", "y", "on", "1"}
_FALSE = {"false", "f", "no", "n", "off", "0"}

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class ManifestReading:
    """A manifest as far as it could be read, and what kept it from being read whole.

    ``repeated`` are keys given twice in one mapping, each with its path and line: the last one counts.
    """

    manifest: Manifest
    problems: tuple[ManifestProblem, ...] = ()
    repeated: tuple[tuple[tuple[str | int, ...], int], ...] = ()


def parse_manifest(data: bytes) -> ManifestReading:
    """The typed manifest. With problems ``manifest.document`` is None and everything else empty. Never raises."""
    text = read_yaml(data)
    if text.problems:
        return ManifestReading(Manifest(), text.problems)
    document = text.document
    if document is None:
        return ManifestReading(Manifest(), (ManifestProblem("it is empty or holds nothing but null"),))
    if not isinstance(document, dict):
        kind = "a list" if isinstance(document, list) else f"one value ({type(document).__name__})"
        return ManifestReading(Manifest(), (ManifestProblem(f"its root is {kind}, not a mapping of keys", 1),))
    if strange := [key for key in document if not isinstance(key, str)]:
        line = text.lines.get((strange[0],), 0)
        message = f"the key {strange[0]!r} at the top is not a string; YAML reads on, off, yes, no and numbers so"
        return ManifestReading(Manifest(), (ManifestProblem(f"{message}: put it in quotes", line),))
    document = plain(document)
    return ManifestReading(_typed(document, text.lines), repeated=text.repeated)


def plain(value: Any) -> Any:
    """Values of YAML's rarer types as the host takes them: binary as text, sets and tuples as lists.

    Halves of characters (lone surrogates), which the host lets through, become U+FFFD, so that every report can be
    written.
    """
    if isinstance(value, dict):
        return {plain(key) if isinstance(key, bytes) else key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def truth(value: Any, default: bool = False) -> bool:
    """A boolean as the host reads it: ``"yes"``, ``"on"``, 1 and their kin included."""
    if isinstance(value, str):
        lowered = value.lower()
        return True if lowered in _TRUE else False if lowered in _FALSE else default
    return bool(value) if isinstance(value, (bool, int, float)) and value in (0, 1) else default


def _typed(document: Mapping[str, Any], lines: Mapping[tuple[str | int, ...], int]) -> Manifest:
    return Manifest(
        name=_text(document.get("name")),
        version=_text(document.get("version")),
        host_access=truth(document.get("host_access")),
        systems=_section(document, "input_systems", _system),
        parameters=_section(document, "input_schema", _parameter),
        input_datasets=_section(document, "input_datasets", _input_dataset),
        output_datasets=_section(document, "output_datasets", _output_dataset),
        metrics=_section(document, "output_metrics", _metric),
        reports=_section(document, "output_reports", _report),
        environment=_section(document, "environment_variables", _variable),
        document=document,
        lines=lines,
    )


def _section(document: Mapping[str, Any], key: str, make: Callable[[Any], Entry | None]) -> tuple[Entry, ...]:
    listed = document.get(key)
    made = [make(entry) for entry in listed] if isinstance(listed, list) else []
    # Of entries with one name the host takes the last; the first keeps its place.
    by_name = {getattr(entry, "name", ""): entry for entry in made if entry is not None}
    return tuple(by_name.values())


def _text(value: Any) -> str:
    """A text; a number or a date as it would be written, so that a report can name the image."""
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def _named(entry: Any) -> str:
    return entry["name"] if isinstance(entry, dict) and isinstance(entry.get("name"), str) else ""


def _system(entry: Any) -> System | None:
    types = _strings(entry.get("type")) if _named(entry) else ()
    return System(_named(entry), types, truth(entry.get("required"), default=True)) if types else None


def _strings(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(item for item in listed if isinstance(item, str)))


def _parameter(entry: Any) -> Parameter | None:
    name = _named(entry)
    type_ = _parameter_type(entry.get("type")) if name else ""
    if not type_:
        return None
    choices = entry.get("choices")
    properties = entry.get("properties")
    return Parameter(
        name=name,
        type=type_,
        required=truth(entry.get("required")),
        has_default=entry.get("default") is not None,
        default=entry.get("default"),
        choices=tuple(choices) if type_ == "enum" and isinstance(choices, list) else (),
        items=_items(entry.get("items")) if type_ == "list" else None,
        properties=_section({"p": properties}, "p", _parameter) if type_ == "object" else (),
        description=_text(entry.get("description")),
    )


def _parameter_type(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return value if value in PARAMETER_TYPES else MEANT_TYPES.get(value.lower(), "")


def _items(value: Any) -> Parameter | None:
    if isinstance(value, dict):
        return _parameter({"name": "item", **value})
    type_ = _parameter_type(value)
    return Parameter("item", type=type_) if type_ and type_ != "enum" else None


def _input_dataset(entry: Any) -> InputDataset | None:
    types = tuple(item for item in _strings(entry.get("type")) if item in DATASET_TYPES) if _named(entry) else ()
    if not types:
        return None
    return InputDataset(_named(entry), types, truth(entry.get("required"), default=True), _features(entry))


def _output_dataset(entry: Any) -> OutputDataset | None:
    types = [item for item in _strings(entry.get("type")) if item in DATASET_TYPES] if _named(entry) else []
    return OutputDataset(_named(entry), types[0], _features(entry)) if types else None


def _features(entry: Mapping[str, Any]) -> tuple[Feature, ...]:
    return _section(entry, "features", _feature)


def _feature(entry: Any) -> Feature | None:
    name = _named(entry)
    if not name:
        return None
    required = truth(entry.get("required"))
    dtype = entry.get("dtype")
    kind = entry.get("feature_type", "Value")
    # With a dtype beside it hosts read a medium as a scalar (MANIFEST-018), and a kind that they do not know always.
    if kind not in ("List", "Dict", "ClassLabel") and isinstance(dtype, str) and dtype in DTYPES:
        return Feature(name, dtype=dtype, required=required)
    if kind == "Value":
        meant = MEANT_DTYPES.get(dtype) if isinstance(dtype, str) else None
        return Feature(name, dtype=meant, required=required) if meant else None
    return _complex_feature(name, kind, required, entry)


def _complex_feature(name: str, kind: Any, required: bool, entry: Mapping[str, Any]) -> Feature | None:
    if kind in ("Image", "Audio", "Video"):
        return Feature(name, kind=kind, required=required)
    if kind == "ClassLabel":
        names = _strings(entry.get("names"))
        return Feature(name, kind=kind, required=required, names=names) if names else None
    if kind == "Dict":
        fields = _section(entry, "fields", _feature)
        return Feature(name, kind=kind, required=required, fields=fields) if fields else None
    if kind in ("List", "Sequence"):
        element = _element(entry.get("feature"))
        return Feature(name, kind="List", required=required, element=element, length=_length(entry.get("length")))
    return None


def _element(value: Any) -> Feature | None:
    if isinstance(value, str):
        return (
            Feature("", dtype=value) if value in DTYPES else Feature("", kind=value) if value in FEATURE_TYPES else None
        )
    # No host takes a nested object, but its meaning is plain.
    return _feature({"name": "element", **value}) if isinstance(value, dict) else None


def _length(value: Any) -> int:
    try:
        length = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return -1
    return max(length, -1)


def _metric(entry: Any) -> Metric | None:
    if isinstance(entry, str):
        return Metric(entry)
    type_ = _parameter_type(entry.get("type")) if _named(entry) else ""
    return Metric(_named(entry), type_ if type_ != "enum" else "") if _named(entry) else None


def _report(entry: Any) -> OutputReport | None:
    known = _named(entry) and entry.get("type") in ("pdf", "html")
    return OutputReport(_named(entry), entry["type"]) if known else None


def _variable(entry: Any) -> EnvironmentVariable | None:
    return EnvironmentVariable(_named(entry), truth(entry.get("required"), default=True)) if _named(entry) else None


def walk_parameters(entries: Any, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Every parameter of a section of the document with its path, nested properties and items included."""
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield from _walk(entry, (*path, index))


def _walk(
    entry: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    yield path, entry
    yield from walk_parameters(entry.get("properties"), *path, "properties")
    if isinstance(entry.get("items"), dict):
        yield from _walk(entry["items"], (*path, "items"))

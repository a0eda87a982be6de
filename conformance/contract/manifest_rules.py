"""Every violation of a rule on the manifest, each attributed to exactly one requirement.

The JSON Schema (`schemas/manifest.schema.json`) says what it can and carries the requirement's id at each place; the
functions below say the rest. A manifest that the host's own model takes has no violation of a MUST that the host
enforces (basis E), and one that it refuses has at least one; the interop tests hold both against the host. One
divergence is deliberate: an empty list of dataset types, which the model takes although nothing can then be given.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from conformance.contract.manifest import (
    DTYPES,
    MEANT_DTYPES,
    MEANT_TYPES,
    PARAMETER_TYPES,
    parse_manifest,
    truth,
    walk_parameters,
)
from conformance.contract.manifest_text import Path
from conformance.contract.parameter_values import value_problem

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

SYSTEM_TYPES = (
    "llm_api",
    "rag_api",
    "vlm_api",
    "image_generation_api",
    "image_editing_api",
    "embedding_api",
    "agent_cli",
    "custom",
    "rest_api",
)
"""The system types that hosts know (contract.md 9.4); any other word is passed on as it is."""

RESERVED = ("volumes", "input_datasets", "metadata")
"""Parameter names that the host overwrites."""

_TEXTS = ("name", "description")
_FEATURE = (*_TEXTS, "feature_type", "required")
KNOWN_KEYS: Mapping[str, tuple[str, ...]] = {
    "": (
        *_TEXTS,
        "version",
        "host_access",
        "input_systems",
        "input_schema",
        "input_datasets",
        "output_metrics",
        "output_artifacts",
        "environment_variables",
        "output_reports",
        "output_datasets",
    ),
    "input_systems": (*_TEXTS, "type", "required"),
    "input_schema": (*_TEXTS, "type", "required", "items", "properties", "choices", "default", "ui_config"),
    "input_datasets": (*_TEXTS, "type", "required", "features"),
    "output_metrics": (*_TEXTS, "type"),
    "output_artifacts": (*_TEXTS, "path"),
    "environment_variables": (*_TEXTS, "required"),
    "output_reports": (*_TEXTS, "type"),
    "output_datasets": (*_TEXTS, "type", "features"),
}
"""The keys that the host reads, by section ("" is the top)."""

FEATURE_KEYS: Mapping[str, tuple[str, ...]] = {
    "Value": (*_FEATURE, "dtype"),
    "List": (*_FEATURE, "feature", "length"),
    "Dict": (*_FEATURE, "fields"),
    "ClassLabel": (*_FEATURE, "names"),
}

UNIQUE_SECTIONS = (
    "input_systems",
    "input_schema",
    "input_datasets",
    "output_datasets",
    "output_metrics",
    "output_reports",
    "environment_variables",
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation: the requirement, the path of the part of the document, its line (0: unknown), what is wrong."""

    requirement: str
    message: str
    path: Path = ()
    line: int = 0


@lru_cache(maxsize=16)
def manifest_violations(data: bytes) -> tuple[Violation, ...]:
    """All violations in the bytes of a manifest, by line. Never raises.

    A manifest that cannot be read has violations of MANIFEST-001 and no others.
    """
    reading = parse_manifest(data)
    if reading.problems:
        return tuple(Violation("MANIFEST-001", f"{problem.message}.", (), problem.line) for problem in reading.problems)
    document = reading.manifest.document
    found = [violation for rule in _RULES for violation in rule(document)]
    found += [
        Violation("MANIFEST-003", f"the key {_place(path)} is given twice; all but the last are dropped.", path, line)
        for path, line in reading.repeated
    ]
    placed = (
        Violation(each.requirement, each.message, each.path, each.line or _line(reading.manifest.lines, each.path))
        for each in found
    )
    return tuple(sorted(dict.fromkeys(placed), key=lambda each: (each.line, each.requirement, each.message)))


def _line(lines: Mapping[Path, int], path: Path) -> int:
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), 0)


def _place(path: Path) -> str:
    """A path as people write it: ``output_datasets[0].name``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _shown(value: Any) -> str:
    """A value as JSON, or as Python writes what JSON does not have; cut."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = f"{value} ({type(value).__name__})"
    return text if len(text) <= 60 else f"{text[:57]}..."


# ------------------------------------------------------------------ what the schema says


@cache
def manifest_schema() -> dict[str, Any]:
    """The JSON Schema of the manifest."""
    text = resources.files("conformance.contract").joinpath("schemas/manifest.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert isinstance(schema, dict)
    return schema


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(manifest_schema())


def _schema_rules(document: Mapping[str, Any]) -> Iterator[Violation]:
    for error in _validator().iter_errors(document):
        requirement = error.schema.get("x-requirement", "MANIFEST-004") if isinstance(error.schema, dict) else ""
        yield Violation(requirement or "MANIFEST-004", _schema_message(error), tuple(error.absolute_path))


def _schema_message(error: ValidationError) -> str:
    place = _place(tuple(error.absolute_path))
    if error.validator == "required":
        missing = error.message.partition("' is a required")[0].removeprefix("'")
        return f"{place or 'the manifest'} lacks the key {missing}."
    schema = error.schema if isinstance(error.schema, dict) else {}
    expected = schema.get("x-expected", error.message)
    near = _meant(error.instance, schema.get("x-requirement", ""))
    return f"{place} is {_shown(error.instance)}, expected {expected}{near or '.'}"


def _meant(value: Any, requirement: str) -> str:
    """What the author may have meant by a type that hosts do not know."""
    words = {"MANIFEST-005": (PARAMETER_TYPES, MEANT_TYPES), "MANIFEST-015": (DTYPES, MEANT_DTYPES)}.get(requirement)
    if words is None or not isinstance(value, str) or value in words[0]:
        return ""
    known, meant = words
    return f"; did you mean {meant[value]}?" if value in meant else _nearest(value, sorted(known))


def _nearest(value: Any, words: Any) -> str:
    close = difflib.get_close_matches(value, list(words), n=1) if isinstance(value, str) else []
    return f"; did you mean {close[0]}?" if close else ""


# ------------------------------------------------------------------ what a schema cannot say


def _section(document: Mapping[str, Any], key: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    listed = document.get(key)
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict):
            yield (key, index), entry


def _features(document: Mapping[str, Any], *, nested: bool = True) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for section in ("input_datasets", "output_datasets"):
        for path, dataset in _section(document, section):
            yield from _features_below(dataset.get("features"), (*path, "features"), nested=nested)


def _features_below(entries: Any, path: Path, *, nested: bool) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield (*path, index), entry
            if nested:
                yield from _features_below(entry.get("fields"), (*path, index, "fields"), nested=True)


def _unknown_keys(document: Mapping[str, Any]) -> Iterator[Violation]:
    yield from _strange_keys((), document, KNOWN_KEYS[""])
    for section, known in KNOWN_KEYS.items():
        entries = walk_parameters(document.get(section), section) if section == "input_schema" else None
        for path, entry in entries or _section(document, section):
            yield from _strange_keys(path, entry, known)
    for path, entry in _features(document):
        kind = entry.get("feature_type", "Value")
        known = FEATURE_KEYS.get(kind, _FEATURE) if isinstance(kind, str) else _FEATURE
        yield from _strange_keys(path, entry, (*known, "dtype"))


def _strange_keys(path: Path, entry: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[Violation]:
    for key in entry:
        if key not in known:
            near = _nearest(key, known)
            where = f"in {_place(path)}" if path else "at the top"
            message = f"the key {key} {where} is unknown; hosts drop it without a word{near or '.'}"
            yield Violation("MANIFEST-003", message, (*path, str(key)))


def _parameter_rules(document: Mapping[str, Any]) -> Iterator[Violation]:
    for path, entry in walk_parameters(document.get("input_schema"), "input_schema"):
        yield from _belongings(path, entry)
        yield from _choices(path, entry)
        if entry.get("default") is not None:
            yield from _default(path, entry)
        if path[-1:] != ("items",) and truth(entry.get("required")) and entry.get("default") is not None:
            message = f"{_place(path)} is required and has a default; hosts demand the value all the same."
            yield Violation("MANIFEST-009", message, (*path, "default"))


def _belongings(path: Path, entry: Mapping[str, Any]) -> Iterator[Violation]:
    """Keys that belong to one type of parameter (MANIFEST-006)."""
    type_ = entry.get("type")
    for key, owner in (("items", "list"), ("properties", "object"), ("choices", "enum")):
        if entry.get(key) is not None and type_ != owner:
            message = f"{_place(path)} has {key}, which belongs to the type {owner}, but is of type {_shown(type_)}."
            yield Violation("MANIFEST-006", message, (*path, key))
    if type_ == "enum" and entry.get("choices") is None:
        yield Violation("MANIFEST-006", f"{_place(path)} is an enum without choices.", path)


def _choices(path: Path, entry: Mapping[str, Any]) -> Iterator[Violation]:
    """Enums that no value can satisfy (MANIFEST-007)."""
    if entry.get("type") == "enum" and entry.get("choices") == []:
        yield Violation("MANIFEST-007", f"{_place(path)} has no choices; expected at least one.", (*path, "choices"))
    if entry.get("items") == "enum":
        message = f"{_place(path)} has items: enum without choices; hosts fail as soon as a value is given."
        yield Violation("MANIFEST-007", message, (*path, "items"))


def _default(path: Path, entry: Mapping[str, Any]) -> Iterator[Violation]:
    """Defaults that the host would refuse as values (MANIFEST-008; outside the choices: MANIFEST-006)."""
    choices = entry.get("choices")
    if entry.get("type") == "enum":
        if isinstance(choices, list) and choices and entry["default"] not in choices:
            message = f"{_place(path)} has the default {_shown(entry['default'])}, which is none of its choices."
            yield Violation("MANIFEST-006", message, (*path, "default"))
    elif problem := value_problem(entry["default"], entry):
        yield Violation("MANIFEST-008", f"the default of {_place(path)} does not fit: {problem}.", (*path, "default"))


def _unique_names(document: Mapping[str, Any]) -> Iterator[Violation]:
    for section in UNIQUE_SECTIONS:
        yield from _repeated_names(document.get(section), (section,))
    for path, entry in walk_parameters(document.get("input_schema"), "input_schema"):
        yield from _repeated_names(entry.get("properties"), (*path, "properties"))
    for section in ("input_datasets", "output_datasets"):
        for path, dataset in _section(document, section):
            yield from _repeated_names(dataset.get("features"), (*path, "features"))
    for path, entry in _features(document):
        yield from _repeated_names(entry.get("fields"), (*path, "fields"))
        yield from _repeated_names(entry.get("names"), (*path, "names"))


def _repeated_names(entries: Any, path: Path) -> Iterator[Violation]:
    names = [
        entry.get("name") if isinstance(entry, dict) else entry
        for entry in (entries if isinstance(entries, list) else ())
    ]
    counts = Counter(name for name in names if isinstance(name, str))
    for name in (name for name, count in counts.items() if count > 1):
        last = len(names) - 1 - names[::-1].index(name)
        message = f"the name {name} occurs {counts[name]} times in {_place(path)}; hosts take the last without a word."
        yield Violation("MANIFEST-010", message, (*path, last))


def _reserved_names(document: Mapping[str, Any]) -> Iterator[Violation]:
    for path, entry in _section(document, "input_schema"):
        name = entry.get("name")
        if isinstance(name, str) and (name in RESERVED or name.startswith("__")):
            message = f"the parameter {name} has a name that the host keeps for itself."
            yield Violation("MANIFEST-011", message, (*path, "name"))


def _dataset_rules(document: Mapping[str, Any]) -> Iterator[Violation]:
    for path, dataset in _section(document, "output_datasets"):
        if dataset.get("type") == "huggingface" and not dataset.get("features"):
            message = f"{_place(path)} is of type huggingface and lists no features, so nobody can check it."
            yield Violation("MANIFEST-014", message, path)
    if document.get("output_datasets", []) == []:
        message = "the manifest declares no output dataset; a generator declares every dataset that it writes."
        yield Violation("MANIFEST-022", message, ("output_datasets",))
    for path, feature in _features(document, nested=True):
        kind = feature.get("feature_type", "Value")
        if kind != "Value" and "dtype" in feature:
            message = (
                f"{_place(path)} has feature_type {_shown(kind)} and a dtype; hosts may read it as a plain scalar."
            )
            yield Violation("MANIFEST-018", message, (*path, "dtype"))


def _metric_rules(document: Mapping[str, Any]) -> Iterator[Violation]:
    metrics = document.get("output_metrics", [])
    if not isinstance(metrics, list):
        return
    typed = [entry.get("type") for entry in metrics if isinstance(entry, dict) and entry.get("name") == "success"]
    if typed:
        if typed[-1] != "boolean":
            message = f"the metric success is declared as {_shown(typed[-1])}, expected boolean."
            yield Violation("MANIFEST-020", message, ("output_metrics",))
    elif "success" not in metrics:
        yield Violation("MANIFEST-020", "output_metrics does not declare success.", ("output_metrics",))


def _surroundings(document: Mapping[str, Any]) -> Iterator[Violation]:
    if truth(document.get("host_access")):
        message = "host_access is on: Kubernetes refuses it, and Docker gives the container control of the host."
        yield Violation("MANIFEST-023", message, ("host_access",))
    for path, system in _section(document, "input_systems"):
        types = system.get("type")
        if types == []:
            yield Violation("MANIFEST-024", f"{_place(path)} accepts no type at all.", (*path, "type"))
        for type_ in types if isinstance(types, list) else [types]:
            if isinstance(type_, str) and type_ not in SYSTEM_TYPES:
                near = _nearest(type_, SYSTEM_TYPES) or f"; hosts know {', '.join(SYSTEM_TYPES)}."
                message = f"{_place(path)} has the type {type_}, which hosts do not know{near}"
                yield Violation("MANIFEST-024", message, (*path, "type"))


_RULES: tuple[Callable[[Mapping[str, Any]], Iterator[Violation]], ...] = (
    _schema_rules,
    _unknown_keys,
    _parameter_rules,
    _unique_names,
    _reserved_names,
    _dataset_rules,
    _metric_rules,
    _surroundings,
)

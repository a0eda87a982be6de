"""``sdg-conformance.toml``: what a manifest cannot tell the kit. Most images need none.

The published JSON Schema beside this module is the whole truth about the file; an unknown or misspelled key is an
error that names the nearest one, because a silently ignored key would weaken a check.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.errors import ConfigurationError
from conformance.toml_lines import line_of, read_toml

FILE_NAME = "sdg-conformance.toml"
SCHEMA = Path(__file__).with_suffix(".schema.json")

_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


@dataclass(frozen=True)
class Configuration:
    """What the user told the kit. ``timeout`` is seconds per run, ``memory_bytes`` its limit, None the host's own.

    ``not_applicable`` maps scenario names or shell patterns to the reason why they are not run. ``source`` is the
    file that said all this.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    datasets: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    memory_bytes: int | None = None
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    source: Path | None = None


def configuration_beside(target: str) -> Path | None:
    """The configuration file that lies in a target's build folder, if the target is one and has one."""
    path = Path(target) / FILE_NAME
    try:
        return path if path.is_file() else None
    except PermissionError:  # a folder that this user may not look into: what becomes of the target says so
        return None


def load_configuration(path: Path) -> Configuration:
    """The configuration in a file.

    Raises `ConfigurationError`, all problems at once and each with its line.
    """
    document, text = read_toml(path)
    problems = [f"{path}:{line_of(text, where)}: {what}" for where, what in _problems(document)]
    datasets = {name: path.parent / str(file) for name, file in _mapping(document, "datasets").items()}
    problems += [
        f"{path}:{line_of(text, ('datasets', name))}: the file {file} does not exist"
        for name, file in datasets.items()
        if not problems and not file.exists()
    ]
    if problems:
        raise ConfigurationError("\n".join(problems), f"The keys of {FILE_NAME} are described in {SCHEMA.name}.")
    return Configuration(
        parameters=document.get("parameters", {}),
        datasets=datasets,
        environment=document.get("environment", {}),
        timeout=document.get("timeout"),
        memory_bytes=_bytes(document["memory"]) if "memory" in document else None,
        not_applicable=document.get("not-applicable", {}),
        source=path,
    )


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key, {})
    return value if isinstance(value, dict) else {}


def _problems(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    from jsonschema import Draft202012Validator

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for error in sorted(Draft202012Validator(schema).iter_errors(document), key=lambda error: list(error.path)):
        where = tuple(error.path)
        if error.validator == "additionalProperties":
            for key in sorted(set(document) - set(schema["properties"])):
                near = get_close_matches(key, schema["properties"], n=1, cutoff=0.4)
                yield (key,), f"unknown key “{key}”" + (f"; did you mean {near[0]}?" if near else "")
        else:
            yield where, f"{'.'.join(map(str, where))}: {_in_words(error.validator, error.validator_value)}"
    for name, value in _mapping(document, "parameters").items():
        try:
            json.dumps(value)
        except TypeError:
            yield ("parameters", name), f"parameters.{name}: dates and times cannot be sent as JSON; write a string"


def _in_words(rule: object, value: object) -> str:
    if rule == "type":
        kinds = value if isinstance(value, list) else [value]
        names = {"object": "a table", "string": "a string", "number": "a number", "integer": "an integer"}
        return "must be " + " or ".join(names.get(str(kind), str(kind)) for kind in kinds)
    if rule == "pattern":
        return "must give a reason" if value == "\\S" else "must be a size such as 4GiB"
    if rule == "minLength":
        return "must not be empty"
    return f"must be {'more than' if rule == 'exclusiveMinimum' else 'at least'} {value}"


def _bytes(size: int | str) -> int:
    if isinstance(size, int):
        return size
    match = re.fullmatch(r"([0-9.]+) ?([A-Za-z]+)", size)
    assert match is not None, "the schema's pattern says so"
    return int(float(match[1]) * _UNITS[match[2]])

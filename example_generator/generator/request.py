"""What the host asks for: ``[--systems-params JSON] --generation-params JSON`` becomes one ``Request``.

Order does not matter and flags that this version does not know are ignored, so that a newer host can add some.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.errors import GeneratorError
from generator.parameters import Parameters, read_parameters

SYSTEM = "generation_system"
_FLAGS = ("--generation-params", "--systems-params")
_SECRET_VARIABLES = ("API_KEY", "OPENAI_API_KEY", "HF_TOKEN")


@dataclass(frozen=True)
class Request:
    """One job. ``system`` is None when none was given; ``metadata`` is the host's tracking information."""

    parameters: Parameters
    input_datasets: dict[str, Any]
    system: dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def augmentation_type(self) -> str:
        """The augmentation that is really used (the metric of the same name)."""
        return self.parameters.augmentation_type or ("simple" if self.system is None else "llm")


def read_request(arguments: Sequence[str]) -> Request:
    """Read the command line; raise ``GeneratorError`` for anything that cannot be acted on."""
    values = _flags(arguments)
    if "--generation-params" not in values:
        raise GeneratorError("the argument --generation-params is missing; give it a JSON object")
    params = _json_object("--generation-params", values["--generation-params"])
    systems = _json_object("--systems-params", values.get("--systems-params") or "{}")
    request = Request(
        parameters=read_parameters(params),
        input_datasets=_member(params, "input_datasets"),
        system=_member(systems, SYSTEM) or None,
        metadata=_member(params, "metadata"),
    )
    if request.system is None and request.augmentation_type != "simple":
        raise GeneratorError(
            f"augmentation_type '{request.augmentation_type}' needs the system '{SYSTEM}', which was not given; "
            "map a system to it or use augmentation_type 'simple'"
        )
    return request


def secrets_of(arguments: Sequence[str]) -> list[str]:
    """Every secret this run was given, longest first, so that messages can be cleared of them. Never raises."""
    found = {os.environ.get(name, "") for name in _SECRET_VARIABLES}
    for value in _flags(arguments, strict=False).values():
        try:
            _collect_secrets(json.loads(value), found)
        except (ValueError, RecursionError):
            continue
    return sorted((secret for secret in found if len(secret) >= 4), key=len, reverse=True)


def _collect_secrets(value: object, found: set[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect_secrets(item, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and key.lower().endswith(("key", "token", "secret", "password")):
                found.add(item)
            _collect_secrets(item, found)


def _flags(arguments: Sequence[str], *, strict: bool = True) -> dict[str, str]:
    """The values of the known flags, given as ``--flag value`` or ``--flag=value``."""
    values: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        flag, equals, value = argument.partition("=")
        if flag not in _FLAGS:
            continue
        following = value if equals else next(rest, None)
        if following is not None:
            values[flag] = following
        elif strict:
            raise GeneratorError(f"the argument {flag} has no value; give it a JSON object")
    return values


def _json_object(flag: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GeneratorError(f"the value of {flag} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise GeneratorError(f"the value of {flag} is not a JSON object but {_kind(value)}")
    return value


def _member(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    value = mapping.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise GeneratorError(f"'{name}' is not a JSON object but {_kind(value)}")
    return value


def _kind(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")

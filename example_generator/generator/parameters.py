"""The parameters that manifest.yaml declares: defaults, types and ranges.

The host never applies a manifest's ``default``: the container does it here, and a test holds the two equal. An
explicit ``null`` means "not given". Unknown keys are ignored, because the host adds keys of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from generator.errors import GeneratorError

AUGMENTATION_TYPES = ("simple", "llm", "mixed")
OUTPUT_FORMATS = ("arrow", "parquet", "jsonl", "csv")
ON_ERROR = ("fail", "skip")


@dataclass(frozen=True)
class Parameters:
    """What one run was asked to do. ``augmentation_type`` None: ``llm`` when a system is given, else ``simple``."""

    num_variations: int = 2
    augmentation_type: str | None = None
    output_format: str = "arrow"
    seed: int = 0
    prompt_template: str = "Generate a variation of: {text}"
    structured_output: bool = False
    concurrency: int = 16
    request_timeout_seconds: float = 30.0
    on_error: str = "fail"


def read_parameters(given: dict[str, Any]) -> Parameters:
    """Check the user's values; raise ``GeneratorError`` that names the parameter, the value and what is accepted."""
    known = {name: value for name in Parameters.__annotations__ if (value := given.get(name)) is not None}
    parameters = Parameters(**known)
    _integer("num_variations", parameters.num_variations, 0, 100)
    _choice("augmentation_type", parameters.augmentation_type, (None, *AUGMENTATION_TYPES))
    _choice("output_format", parameters.output_format, OUTPUT_FORMATS)
    _integer("seed", parameters.seed)
    _kind("prompt_template", parameters.prompt_template, str, "a string")
    _kind("structured_output", parameters.structured_output, bool, "true or false")
    _integer("concurrency", parameters.concurrency, 1, 256)
    _number("request_timeout_seconds", parameters.request_timeout_seconds, 600)
    _choice("on_error", parameters.on_error, ON_ERROR)
    return parameters


def _refuse(name: str, value: object, expected: str) -> GeneratorError:
    return GeneratorError(f"parameter '{name}' is {_short(value)}; expected {expected}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + "..."


def _kind(name: str, value: object, kind: type, expected: str) -> None:
    if not isinstance(value, kind):
        raise _refuse(name, value, expected)


def _choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    if not (value is None or isinstance(value, str)) or value not in choices:
        raise _refuse(name, value, "one of " + ", ".join(str(choice) for choice in choices if choice))


def _integer(name: str, value: object, lowest: float = -math.inf, highest: float = math.inf) -> None:
    limits = "" if lowest == -math.inf else f" from {lowest} to {highest}"
    # bool is a subclass of int in Python, but true is not a number of variations.
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise _refuse(name, value, f"an integer{limits}")


def _number(name: str, value: object, highest: float) -> None:
    """Whole numbers are floats too; NaN fails the comparison."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= highest:
        raise _refuse(name, value, f"a number above 0, at most {highest}")

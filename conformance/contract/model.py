"""The typed manifest: what the host reads from ``/app/manifest.yaml``, nothing more.

Every class is a frozen value. A manifest that breaks rules is still turned into the part of it that is well formed
(`manifest.parse_manifest`), so that one bad entry does not hide the rest; the rules themselves are judged elsewhere.
Defaults are the host's own (asqi 0.5.9 ``schemas.py``), contract.md sections 2 and 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HUGGINGFACE = "huggingface"
"""The dataset type whose rows and columns the kit knows; the others are documents: ``pdf`` and ``txt``."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of a dataset, or one element or field nested inside a column.

    ``kind`` is Value, List, Dict, ClassLabel, Image, Audio or Video. ``dtype`` belongs to Value, ``element`` and
    ``length`` (-1: any) to List, ``fields`` to Dict, ``names`` to ClassLabel.
    """

    name: str
    kind: str = "Value"
    dtype: str = ""
    required: bool = False
    element: Feature | None = None
    length: int = -1
    fields: tuple[Feature, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputDataset:
    """A dataset that the image reads. ``types`` lists the accepted types in the manifest's order."""

    name: str
    types: tuple[str, ...] = (HUGGINGFACE,)
    required: bool = True
    features: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputDataset:
    """A dataset that the image promises to write."""

    name: str
    type: str = HUGGINGFACE
    features: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One user parameter, or one property or list item nested inside a parameter.

    ``has_default`` tells a declared ``default`` from none; a declared ``default: null`` counts as none, as the host
    reads it. ``items`` is set for lists that declare their element, ``properties`` for objects, ``choices`` for enums.
    """

    name: str
    type: str = "string"
    required: bool = False
    has_default: bool = False
    default: Any = None
    choices: tuple[Any, ...] = ()
    items: Parameter | None = None
    properties: tuple[Parameter, ...] = ()
    description: str = ""


LANGUAGE_MODELS = frozenset({"llm_api", "rag_api", "vlm_api"})
"""Types of systems that are asked for text."""

OPENAI_TYPES = LANGUAGE_MODELS | {"embedding_api", "image_generation_api", "image_editing_api"}
"""Types of systems that speak the OpenAI protocol; rest_api, custom, agent_cli and every other text is not among them:
what they speak is between the image and its system (contract.md 2.4, 9.4)."""


@dataclass(frozen=True, slots=True)
class System:
    """A role that a system (an LLM, say) plays for the image."""

    name: str
    types: tuple[str, ...] = ("llm_api",)
    required: bool = True

    @property
    def offered_types(self) -> tuple[str, ...]:
        """The accepted types, first those that speak the OpenAI protocol: the kit can answer those properly."""
        return tuple(sorted(self.types or ("llm_api",), key=lambda type_: type_ not in OPENAI_TYPES))


@dataclass(frozen=True, slots=True)
class Metric:
    """A value promised in ``results``; ``type`` is empty where the manifest lists bare names."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class OutputReport:
    """A report that the image promises to write; ``type`` is html or pdf."""

    name: str
    type: str = "html"


@dataclass(frozen=True, slots=True)
class EnvironmentVariable:
    """A variable that the image reads."""

    name: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole manifest. ``document`` is the YAML document as parsed, ``lines`` tells where its parts stand.

    ``lines`` maps a path into the document (``("output_datasets", 0, "name")``) to a line, counted from 1.
    """

    name: str = ""
    version: str = ""
    host_access: bool = False
    systems: tuple[System, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    input_datasets: tuple[InputDataset, ...] = ()
    output_datasets: tuple[OutputDataset, ...] = ()
    metrics: tuple[Metric, ...] = ()
    reports: tuple[OutputReport, ...] = ()
    environment: tuple[EnvironmentVariable, ...] = ()
    document: Any = None
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def line_of(self, *path: str | int) -> str:
        """Where a part of the manifest stands, as ``manifest.yaml:LINE``; the nearest parent's line if unknown."""
        for end in range(len(path), 0, -1):
            if (line := self.lines.get(tuple(path[:end]))) is not None:
                return f"manifest.yaml:{line}"
        return "manifest.yaml"

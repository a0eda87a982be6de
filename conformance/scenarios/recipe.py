"""The inputs that an image accepts in its baseline; every other scenario changes them in one point.

The manifest cannot say which file formats an image reads or which values of a parameter make sense to it, so the kit
offers plausible ones, and a clean refusal makes it offer others before it calls the baseline broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.contract.model import HUGGINGFACE, InputDataset, Manifest
from conformance.evidence import Run
from conformance.inputs.datasets import builders_for
from conformance.inputs.formats import last_resorts_for
from conformance.inputs.parameters import required_only
from conformance.inputs.plan import Builder, DatasetPlan

MOST_OFFERS = 10
MOST_MIXTURES = 6
PARAMETER_ATTEMPTS = 6
FORMAT_WORDS = re.compile(r"parquet|arrow|csv|json|builder|format|magic|utf-?8|codec|decode", re.IGNORECASE)
"""What an image speaks of that cannot read what it was offered."""


@dataclass(frozen=True)
class Recipe:
    """What is offered to an image: file formats, values of the required parameters, variables, real input files.

    ``builder`` and ``attempt`` count through the formats and the values; ``builders`` are those of single datasets
    where an image reads no format for all of them. ``fixed_parameters`` come from a person and are never varied.
    ``requests`` is how often the accepted baseline asked its systems, ``streams`` whether it
    asked for a streamed answer (None: not known).
    """

    builder: Builder = "parquet"
    builders: Mapping[str, Builder] = field(default_factory=dict)
    attempt: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    fixed_parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Path] = field(default_factory=dict)
    seed: int = 0
    requests: int | None = None
    streams: bool | None = None

    def builder_of(self, name: str) -> Builder:
        """The format in which a dataset of rows is offered."""
        return self.builders.get(name, self.builder)

    def plan_for(self, dataset: InputDataset, **changes: Any) -> DatasetPlan:
        """How a declared dataset is made under this recipe, with the changes that a scenario asks for."""
        kind = changes.pop("type", dataset.types[0] if dataset.types else HUGGINGFACE)
        builder = self.builder_of(dataset.name) if kind == HUGGINGFACE else "parquet"
        plan = DatasetPlan(type=kind, builder=builder, seed=self.seed)
        if (source := self.sources.get(dataset.name)) is not None and not _needs_own_rows(changes):
            plan = replace(plan, source=source)
        return replace(plan, **changes)


def _needs_own_rows(changes: Mapping[str, Any]) -> bool:
    """Whether a scenario needs rows that the kit makes itself, because it changes what a real file holds."""
    own = ("defect", "renamed", "nulls", "extra_columns", "shuffled", "wild_text", "builder", "rows", "layout")
    return any(changes.get(name) for name in own)


def builders(manifest: Manifest) -> tuple[Builder, ...]:
    """The formats that can carry the features of every declared dataset of rows, in the order of negotiation."""
    each = [builders_for(dataset) for dataset in manifest.input_datasets if HUGGINGFACE in dataset.types]
    common = [builder for builder in (each[0] if each else ()) if all(builder in one for one in each)]
    return tuple(common) or ("parquet",)


def last_resorts(manifest: Manifest) -> tuple[Builder, ...]:
    """The formats that keep every declared dataset's values but not its dtypes, for an image that refused the rest."""
    datasets = [dataset for dataset in manifest.input_datasets if HUGGINGFACE in dataset.types]
    each = [(*builders_for(dataset), *last_resorts_for(dataset)) for dataset in datasets]
    return tuple(one for one in (each[0] if each else ()) if one not in builders(manifest) and _in_all(one, each))


def _in_all(builder: Builder, each: list[tuple[Builder, ...]]) -> bool:
    return all(builder in builders_of_one for builders_of_one in each)


def first_offer(manifest: Manifest, recipe: Recipe) -> Recipe:
    """The recipe that is offered first: Parquet, and the most plausible values."""
    return _with_parameters(manifest, replace(recipe, builder=builders(manifest)[0], attempt=0))


def as_seen(recipe: Recipe, accepted: Run) -> Recipe:
    """The recipe with what the accepted baseline showed of the image's use of its systems."""
    bodies = [request.body for request in accepted.requests]
    streams = any(isinstance(body, Mapping) and body.get("stream") is True for body in bodies)
    return replace(recipe, requests=len(bodies), streams=streams if bodies else None)


def next_offer(manifest: Manifest, offered: tuple[Recipe, ...], refusals: tuple[Run, ...]) -> Recipe | None:
    """What to offer after clean refusals (one of each offer).

    Other values if the last error names a parameter, else another format, and after every format a mixture of them
    that no error has spoken against. None when everything plausible was offered.
    """
    if len(offered) >= MOST_OFFERS + (MOST_MIXTURES if len(_row_datasets(manifest)) > 1 else 0):
        return None
    last = offered[-1]
    seen = {_identity(recipe) for recipe in offered}
    choices = (*builders(manifest), *last_resorts(manifest))
    values = [replace(last, attempt=attempt) for attempt in range(last.attempt + 1, PARAMETER_ATTEMPTS)]
    formats = [replace(last, builder=builder, builders={}) for builder in choices]
    mixtures = [replace(last, builders=mixture) for mixture in _mixtures(manifest, offered, refusals)]
    rest = [replace(one, attempt=attempt) for attempt in range(PARAMETER_ATTEMPTS) for one in formats]
    named = _names_a_parameter(manifest, refusals[-1])
    ordered = [*values, *formats, *mixtures, *rest] if named else [*formats, *mixtures, *values, *rest]
    offers = (_with_parameters(manifest, offer) for offer in ordered)
    return next((offer for offer in offers if _identity(offer) not in seen), None)


def furthest(refusals: Sequence[Run]) -> int:
    """The place of the refused offer with which an image came furthest; the first of equals.

    What ended well without a word did its work and lost its result; what asked a system had read its input; what
    complains of something else than a format may have.
    """

    def reach(run: Run) -> int:
        if run.exit_code == 0 and run.document is None:
            return 3
        if run.requests:
            return 2
        return int(run.refused_cleanly and FORMAT_WORDS.search(_without_files(run)) is None)

    return max(range(len(refusals)), key=lambda place: (reach(refusals[place]), -place))


def _without_files(run: Run) -> str:
    """An error without the names of files read or written, whose endings are the formats' names."""
    text = re.sub(r"/output/\S*", "", run.error_text)
    for file in {file.rpartition("/")[2] for fed in run.datasets for file in fed.files}:
        text = text.replace(file, "")
    return text


def _identity(recipe: Recipe) -> tuple[str, str, str]:
    return recipe.builder, _frozen(recipe.builders), _frozen(recipe.parameters)


def _row_datasets(manifest: Manifest) -> list[InputDataset]:
    return [dataset for dataset in manifest.input_datasets if dataset.types[:1] == (HUGGINGFACE,)]


def _mixtures(
    manifest: Manifest, offered: tuple[Recipe, ...], refusals: tuple[Run, ...]
) -> Iterator[dict[str, Builder]]:
    """A format for each of several datasets, without those that were offered when an error named that dataset alone."""
    inputs = _row_datasets(manifest)
    names = [dataset.name for dataset in inputs]
    refused = {
        (named[0], recipe.builder_of(named[0]))
        for recipe, run in zip(offered, refusals, strict=False)
        if len(named := _named(names, run.error_text)) == 1
    }
    choices = {
        dataset.name: [
            one for one in (*builders_for(dataset), *last_resorts_for(dataset)) if (dataset.name, one) not in refused
        ]
        for dataset in inputs
    }
    if len(inputs) > 1 and refused and all(choices.values()):
        yield {name: left[0] for name, left in choices.items()}


def _named(names: list[str], text: str) -> list[str]:
    """The datasets that an error names; one whose name is only part of another's does not count beside it."""
    found = [name for name in names if name in text]
    return [name for name in found if not any(name != other and name in other for other in found)]


def _with_parameters(manifest: Manifest, recipe: Recipe) -> Recipe:
    values = {**required_only(manifest, recipe.attempt), **recipe.fixed_parameters}
    return replace(recipe, parameters=values)


def _names_a_parameter(manifest: Manifest, refusal: Run) -> bool:
    return any(parameter.name in refusal.error_text for parameter in manifest.parameters if parameter.required)


def _frozen(value: Any) -> str:
    return repr(sorted(value.items()) if isinstance(value, Mapping) else value)

"""Hypothesis strategies: parameter sets for ``--explore N``, and whole manifests for property tests.

Hypothesis is imported when a strategy is asked for; it comes with the extra ``explore``.
"""

from __future__ import annotations

import math
from typing import Any

from conformance.contract.model import (
    HUGGINGFACE,
    EnvironmentVariable,
    Feature,
    InputDataset,
    Manifest,
    Parameter,
    System,
)
from conformance.errors import UsageError
from conformance.inputs.feature_types import DTYPES
from conformance.inputs.parameters import candidates
from conformance.inputs.ranges import most_for, range_of

Strategy = Any
"""A `hypothesis.strategies.SearchStrategy`; its class is unknown until Hypothesis is imported."""
LONGEST_TEXT = 60
LONGEST_LIST = 4
TYPES = ("string", "integer", "float", "boolean", "list", "object", "enum")
SYSTEM_TYPES = (
    "llm_api", "rag_api", "vlm_api", "embedding_api", "image_generation_api", "image_editing_api", "agent_cli",
    "custom", "rest_api", "something_new",
)  # fmt: skip


def _strategies() -> Any:
    try:
        from hypothesis import strategies
    except ImportError as error:
        raise UsageError(
            "Exploring needs Hypothesis.", "Install the kit with its extra: sdg-conformance[explore]."
        ) from error
    return strategies


def strategy(manifest: Manifest) -> Strategy:
    """Complete parameter sets that the host lets through: required ones always, optional ones now and then.

    Numbers stay within what is stated and within what keeps a run short; everything shrinks towards the most plausible
    value. Raises `UsageError` when Hypothesis is not installed.
    """
    st = _strategies()
    needed = {one.name: value_strategy(one) for one in manifest.parameters if one.required}
    optional = {one.name: value_strategy(one) for one in manifest.parameters if not one.required}
    return st.fixed_dictionaries(needed, optional=optional)


def value_strategy(parameter: Parameter) -> Strategy:
    """Values of one parameter, plausible ones first."""
    st = _strategies()
    usual = st.sampled_from(candidates(parameter) or (None,))
    if parameter.type == "string":
        return usual | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=LONGEST_TEXT)
    if parameter.type in ("integer", "float"):
        return usual | _numbers(parameter)
    if parameter.type == "list" and parameter.items is not None:
        return st.lists(value_strategy(parameter.items), max_size=LONGEST_LIST)
    if parameter.type == "object" and parameter.properties:
        return strategy(Manifest(parameters=parameter.properties))
    return usual


def _numbers(parameter: Parameter) -> Strategy:
    st = _strategies()
    stated, most = range_of(parameter), most_for(parameter)
    low = max(stated.low, 0.0)
    high = max(low, min(stated.high, most))
    if parameter.type == "integer":
        return st.integers(math.ceil(low), max(math.ceil(low), math.floor(high))).filter(stated.holds)
    return st.floats(low, high, allow_nan=False, allow_infinity=False).filter(stated.holds)


def manifests(largest: int = 6, *, min_datasets: int = 0, names: Strategy | None = None) -> Strategy:
    """Well-formed manifests with every kind of parameter, feature, system and variable, up to ``largest`` of each."""
    st = _strategies()
    words = names or st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)

    def unique(element: Any, smallest: int = 0) -> Any:
        return st.lists(element, min_size=smallest, max_size=largest, unique_by=lambda one: one.name).map(tuple)

    datasets = st.builds(
        InputDataset,
        name=words,
        types=st.lists(st.sampled_from([HUGGINGFACE, "pdf", "txt"]), min_size=1, max_size=3, unique=True).map(tuple),
        required=st.booleans(),
        features=unique(features(words), 1),
    )
    types = st.lists(st.sampled_from(SYSTEM_TYPES), min_size=1, max_size=3, unique=True).map(tuple)
    return st.builds(
        Manifest,
        name=words,
        version=st.just("1.0.0"),
        systems=unique(st.builds(System, name=words, types=types, required=st.booleans())),
        parameters=unique(parameters(words)),
        input_datasets=unique(datasets, min_datasets),
        environment=unique(st.builds(EnvironmentVariable, name=words, required=st.booleans())),
    )


def features(names: Strategy) -> Strategy:
    """Features of every kind, nested ones included."""
    st = _strategies()
    required = st.booleans()
    scalar = st.builds(Feature, name=names, dtype=st.sampled_from(DTYPES), required=required)
    labels = st.lists(names, min_size=1, max_size=4, unique=True).map(tuple)
    label = st.builds(Feature, name=names, kind=st.just("ClassLabel"), names=labels, required=required)
    media = st.builds(Feature, name=names, kind=st.sampled_from(["Image", "Audio", "Video"]), required=required)
    bare = st.builds(Feature, name=names, kind=st.sampled_from(["List", "Dict", "ClassLabel"]))

    def nested(inner: Any) -> Any:
        fields = st.lists(inner, min_size=1, max_size=4, unique_by=lambda one: one.name).map(tuple)
        lists = st.builds(
            Feature, name=names, kind=st.just("List"), element=inner, length=st.integers(-1, 3), required=required
        )
        return lists | st.builds(Feature, name=names, kind=st.just("Dict"), fields=fields, required=required)

    return st.recursive(scalar | label | media | bare, nested, max_leaves=6)


def parameters(names: Strategy) -> Strategy:
    """Parameters of every type, lists and objects nested, with and without a description that states a range."""
    st = _strategies()
    common = {
        "name": names,
        "required": st.booleans(),
        "description": st.sampled_from(["", "between 1 and 5", ">= 0.5", "one of: red, green", "at most 3"]),
    }
    plain = st.builds(Parameter, type=st.sampled_from(TYPES[:-1]), **common)
    choices = st.lists(st.text(max_size=5) | st.integers(-9, 9), min_size=1, max_size=4, unique=True).map(tuple)
    enum = st.builds(Parameter, type=st.just("enum"), choices=choices, **common)

    def nested(inner: Any) -> Any:
        properties = st.lists(inner, max_size=4, unique_by=lambda one: one.name).map(tuple)
        lists = st.builds(Parameter, type=st.just("list"), items=inner, **common)
        return lists | st.builds(Parameter, type=st.just("object"), properties=properties, **common)

    return st.recursive(plain | enum, nested, max_leaves=6)

"""What a run is fed: input files, spaces on the mock server, and canaries that must not come out.

Canaries differ per scenario and are the same in every run of the same scenario, so that reports stay equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.contract.model import OPENAI_TYPES, InputDataset
from conformance.evidence import FedDataset
from conformance.inputs.datasets import write_dataset
from conformance.inputs.environment import canaries_in, canary, is_secret
from conformance.inputs.plan import DatasetPlan
from conformance.inputs.systems import system_definition
from conformance.mock_openai.ledger import fingerprint
from conformance.runs.folders import Places
from conformance.runs.stage import Stage
from conformance.scenarios.model import Scenario

LOOPBACK = "127.0.0.1"
ESCAPE_SEED = 7_919
UNKNOWN_KEY = "kit_unknown_key"
MODELS = {
    "rag_api": "kit-rag",
    "embedding_api": "kit-embedding",
    "image_generation_api": "kit-image",
    "image_editing_api": "kit-image-edit",
    "vlm_api": "kit-vision",
}
"""The model that each type of system is said to be; others are ``kit-chat``. A second role of a type gets a number, so
that the requests of every role can be told apart."""
BESIDE = ("default", "undeclared")
"""The mock server's spaces for requests that left the base URL of every scenario."""
MOST_BESIDE = 20
_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]+@")
"""A password within an address."""


def mock_host(stage: Stage, network: str) -> str:
    """The address by which a container on that network reaches the mock server."""
    if network in ("host", "none"):
        return LOOPBACK
    gateway = stage.engine.facts.gateway
    stage.mock.add_host(gateway)
    return gateway


def write_inputs(stage: Stage, scenario: Scenario, places: Places) -> tuple[FedDataset, ...]:
    """Write every dataset of a scenario; what each run says it was given."""
    declared = {dataset.name: dataset for dataset in stage.manifest.input_datasets}
    fed = []
    for name, plan in scenario.datasets.items():
        if name not in declared:
            continue
        if scenario.options.get("escape") and scenario.options.get("escape_dataset") == name:
            fed.append(_escaping(stage, scenario, declared[name], plan, places))
        else:
            written = write_dataset(declared[name], plan, places.input)
            if scenario.options.get("absolute_paths"):
                written = _absolute(written)
            fed.append(_with_unknown_keys(written) if scenario.options.get("unknown_keys") else written)
    return tuple(fed)


def _absolute(fed: FedDataset) -> FedDataset:
    """The same dataset with its paths written from the root: what an image wants that does not join them itself."""

    def joined(value: Any) -> Any:
        if isinstance(value, list):
            return [joined(item) for item in value]
        return f"/input/{value}" if isinstance(value, str) else value

    paths = ("data_files", "data_dir", "file_path")
    definition = {key: joined(value) if key in paths else value for key, value in fed.definition.items()}
    loader = definition.get("loader_params")
    if isinstance(loader, Mapping):
        definition["loader_params"] = {
            key: joined(value) if key in paths and value else value for key, value in loader.items()
        }
    return replace(fed, definition=definition)


def _with_unknown_keys(fed: FedDataset) -> FedDataset:
    """The same dataset with keys in its definition that no host of today sends."""
    definition = {**fed.definition, UNKNOWN_KEY: {"nested": [1, None]}}
    loader = definition.get("loader_params")
    if isinstance(loader, Mapping):
        definition["loader_params"] = {**loader, UNKNOWN_KEY: None}
    return replace(fed, definition=definition)


def _escaping(stage: Stage, scenario: Scenario, dataset: InputDataset, plan: DatasetPlan, places: Places) -> FedDataset:
    """A dataset whose file lies outside the input folder, at a path that the definition injects.

    It holds other words than the dataset of any other run, so that what was read shows.
    """
    assert places.canary is not None
    plan = replace(plan, source=None, seed=plan.seed + ESCAPE_SEED)
    written = write_dataset(dataset, plan, places.canary)
    file = written.files[0]
    template = str(scenario.options["escape"])
    location = template.replace("{file}", file)
    location = location.replace("{url}", stage.mock.base_url(scenario.name).rstrip("/"))
    injected = write_dataset(dataset, replace(plan, location=location), places.input)
    return replace(written, definition=injected.definition, files=(location,))


def system_key(stage: Stage, scenario: Scenario) -> str:
    """The key of a scenario's systems: looks like a real one, occurs nowhere else."""
    return f"sk-{canary(scenario.name, 'key', stage.seed)}"


def open_systems(stage: Stage, scenario: Scenario, host: str) -> tuple[dict[str, Mapping[str, Any]], tuple[str, ...]]:
    """Open the scenario's space on the mock server; the JSON of each system by role, and the keys that are secret."""
    key = system_key(stage, scenario)
    keyless = bool(scenario.options.get("keyless"))
    stage.mock.open(
        scenario.name,
        key=None if keyless else key,
        require_key=not keyless,
        accept_any=any(plan.type not in OPENAI_TYPES for plan in scenario.systems.values()),
        faults=list(scenario.options.get("faults", ())),
    )
    declared = {system.name: system for system in stage.manifest.systems}
    base_url = str(scenario.options.get("base_url") or stage.mock.base_url(scenario.name, host=host))
    definitions: dict[str, Mapping[str, Any]] = {}
    taken: list[str] = []
    for role, plan in scenario.systems.items():
        if role in declared:
            name = MODELS.get(plan.type, "kit-chat")
            taken.append(name)
            model = name if taken.count(name) == 1 else f"{name}-{taken.count(name)}"
            definitions[role] = system_definition(declared[role], plan.type, base_url, model, key, plan)
    if scenario.options.get("default_role") and definitions:
        definitions["system_under_test"] = next(iter(definitions.values()))
    return definitions, ((key,) if definitions else ())


def decoy_key(stage: Stage, scenario: Scenario) -> str:
    """Another key than that of the scenario's systems: it opens nothing."""
    return f"sk-{canary(scenario.name, 'decoy', stage.seed)}"


def beside(stage: Stage, scenario: Scenario) -> list[dict[str, Any]]:
    """The requests that went to the mock server and not to the base URL of any scenario, as far as they are this run's.

    Scenarios run side by side, so they are told apart by the key that was sent; the baseline runs alone, and whatever
    came until its end is its own. Each is ``{"method", "path", "key", "own_key"}``.
    """
    key = fingerprint(system_key(stage, scenario))
    entries = [entry for space in BESIDE for entry in stage.mock.ledger(space).entries]
    return [
        {"method": entry.method, "path": entry.path, "key": entry.key, "own_key": entry.key == key}
        for entry in entries
        if entry.key == key or (scenario.name == "baseline" and not entry.key)
    ][:MOST_BESIDE]


def canaries(
    stage: Stage,
    scenario: Scenario,
    environment: Mapping[str, str],
    keys: tuple[str, ...],
    datasets: tuple[FedDataset, ...],
) -> tuple[str, ...]:
    """Every secret that this run was given: keys, dataset tokens, and values of declared variables.

    A variable holds a secret if its name says so, or if its value is one that the kit made up or has a password in it:
    a region or the name of a model may be logged.
    """
    meant = {variable.name for variable in stage.manifest.environment} | stage.configured
    made_up = canaries_in(environment)
    values = [
        value
        for name, value in environment.items()
        if name == "API_KEY" or (name in meant and (is_secret(name) or value in made_up or _PASSWORD.search(value)))
    ]
    tokens = [(fed.definition.get("loader_params") or {}).get("token") for fed in datasets]
    del scenario
    return tuple(dict.fromkeys(secret for secret in (*keys, *values, *tokens) if secret and len(secret) >= 8))

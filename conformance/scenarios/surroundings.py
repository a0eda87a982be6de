"""The runs that vary where an image finds itself: metadata, variables, mounts, users, networks, locales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.inputs.environment import canary
from conformance.scenarios.datasets import large
from conformance.scenarios.model import Scenario
from conformance.scenarios.ordinary import BASELINE, NO_JSON, baseline, has_rows, required_systems, row_datasets
from conformance.scenarios.recipe import Recipe

LARGE_ARGUMENT_BYTES = 100_000
UNKNOWN_KEY = "kit_unknown_key"
MOST_VARIABLES = 2
STRESS_ROWS = 20_000
SEED = 20_240
SIZE_ROWS = 100_000
SIZE_SECONDS = 120.0

OTEL = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    "OTEL_SERVICE_NAME": "asqi-test-container",
    "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=asqi",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
}
BACKSLASHED = '"quoted", in C:\\data'
"""What JSON writes with backslashes, which a shell's echo or a second decoding spoils."""
EXTRA_METADATA: Mapping[str, Any] = {
    "tags": {"team": "données", "parent_id": "kit-parent", "job_type": "generation", "job_id": "kit-job"},
    "user_id": None,
    UNKNOWN_KEY: {"nested": [1, 2.5, None, True]},
}


def scenarios(manifest: Manifest, recipe: Recipe) -> Iterator[Scenario]:
    """Every scenario about what surrounds the container."""
    base = replace(baseline(manifest, recipe), builds_on=(BASELINE,), options={})
    yield from _metadata(base)
    yield from _variables(manifest, base)
    yield from _output_folder(base)
    yield from _hosts(manifest, recipe, base)


def _metadata(base: Scenario) -> Iterator[Scenario]:
    with_token = {
        name: replace(plan, token=f"hf_{canary('extra-metadata', 'token', plan.seed)}")
        if plan.type == HUGGINGFACE
        else plan
        for name, plan in base.datasets.items()
    }
    yield replace(
        base, name="extra-metadata", code="S23", metadata=EXTRA_METADATA, datasets=with_token,
        question="Does it accept metadata with unknown keys, custom tags and no user?",
    )  # fmt: skip
    yield replace(
        base, name="unknown-parameter", code="S23", parameters={**base.parameters, UNKNOWN_KEY: {"nested": [1, None]}},
        question="Does it ignore a key that is no parameter, as a later host may send?",
    )  # fmt: skip
    padding = {"tags": {"note": "é" * (LARGE_ARGUMENT_BYTES // 6) + BACKSLASHED}, "user_id": "kit"}
    yield replace(
        base, name="large-arguments", code="S29", metadata=padding,
        question="Does it cope with arguments of 100 KiB with escaped text?",
    )  # fmt: skip
    legacy = {
        name: replace(plan, legacy_definition=True) if plan.type == HUGGINGFACE else plan
        for name, plan in base.datasets.items()
    }
    yield replace(
        base, name="legacy-host", code="S26", metadata=None, datasets=legacy,
        question="Does it work with an older host: no metadata, four loader keys?",
    )  # fmt: skip


def _variables(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    yield replace(
        base, name="no-mount-variables", code="S22",
        environment={**base.environment, "INPUT_MOUNT_PATH": None, "OUTPUT_MOUNT_PATH": None},
        question="Does it find /input and /output when the variables that name them are unset?",
    )  # fmt: skip
    for variable in [one for one in manifest.environment if one.required][:MOST_VARIABLES]:
        rest = {name: value for name, value in base.environment.items() if name != variable.name}
        yield replace(
            base, name=f"missing-variable-{variable.name}", code="S22", environment=rest, expects="failure",
            question=f"Does it say that its required variable {variable.name} is not set?",
        )  # fmt: skip
    optional = {variable.name for variable in manifest.environment if not variable.required}
    if optional & set(base.environment):
        rest = {name: value for name, value in base.environment.items() if name not in optional}
        yield replace(
            base, name="no-optional-variables", code="S22", environment=rest,
            question="Does it work without the variables that it declares optional?",
        )  # fmt: skip


def _output_folder(base: Scenario) -> Iterator[Scenario]:
    yield replace(
        base, name="no-output", code="S25", output="none", expects="either",
        question="Does it say that nothing is kept when no output folder is mounted?",
    )  # fmt: skip
    yield replace(
        base, name="concurrent", code="S15", options={"twin": True}, builds_on=(BASELINE, "repeat"),
        question="Do two jobs on one output folder leave each other alone?",
    )  # fmt: skip
    yield replace(
        base, name="own-output", code="S16", output="owned:image",
        question="Does it write to a folder that belongs to its own user, with all capabilities dropped?",
    )  # fmt: skip
    yield replace(
        base, name="foreign-output", code="S16", output="owned:other", expects="failure",
        question="Does it name the output folder when it may not write there?",
    )  # fmt: skip


def _hosts(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    yield replace(
        base, name="kubernetes", code="S17", environment={**base.environment, **OTEL},
        options={"host": "kubernetes", "writable_input": True, "watch_ports": True},
        question="Does it work as the Kubernetes host runs it?",
    )  # fmt: skip
    yield replace(
        base, name="read-only-root", code="S20", options={"read_only": True},
        question="Does it work with a read-only root and a tmpfs at /tmp?",
    )  # fmt: skip
    yield replace(
        base, name="arbitrary-user", code="S20", options={"user": "54321:0"},
        question="Does it work as a user that the image does not know, with no home?",
    )  # fmt: skip
    yield replace(
        base, name="other-locale", code="S20", systems=required_systems(manifest),
        environment={**base.environment, "LANG": "C", "LC_ALL": "C", "TZ": "Asia/Kathmandu"},
        datasets=row_datasets(manifest, recipe, wild_text=True) if has_rows(manifest) else base.datasets,
        question="Does it work in the C locale and another time zone?",
    )  # fmt: skip
    if not any(system.required for system in manifest.systems):
        yield replace(
            base, name="no-network", code="S19", systems=required_systems(manifest), options={"network": "none"},
            question="Does it work without a network when it is given no system?",
        )  # fmt: skip
    yield replace(
        base, name="egress", code="S19", options={"egress": True}, expects="either",
        question="Whom does it try to reach beside the systems that it is given?",
    )  # fmt: skip
    yield replace(
        _failing(manifest, recipe, base), name="egress-failure", code="S19", options={"egress": True},
        expects="failure", question="Whom does it tell of its failures?",
    )  # fmt: skip
    yield replace(
        base, name="terminated", code="S24", datasets=large(manifest, recipe, STRESS_ROWS), expects="either",
        options={"interrupt": "SIGTERM", "hold": bool(base.systems)},
        question="Does it stop on SIGTERM, and leave nothing that looks complete?",
    )  # fmt: skip
    yield replace(
        base, name="killed", code="S24", datasets=large(manifest, recipe, STRESS_ROWS), expects="either",
        systems=required_systems(manifest),
        options={"interrupt": "SIGKILL", "hold": any(system.required for system in manifest.systems)},
        question="Does SIGKILL leave nothing that looks complete?",
    )  # fmt: skip
    yield replace(
        base, name="after-kill", code="S24", builds_on=(BASELINE, "killed"), output="used:killed",
        question="Does it work on what a killed run left behind?",
    )  # fmt: skip
    yield from _seeded(manifest, base)
    if has_rows(manifest) and not required_systems(manifest):
        yield replace(
            base, name="many-rows", code="S18", datasets=large(manifest, recipe, SIZE_ROWS),
            systems=required_systems(manifest), expects="either", options={"timeout": SIZE_SECONDS},
            question="Does it cope with a large dataset in its time and memory?",
        )  # fmt: skip


def _failing(manifest: Manifest, recipe: Recipe, base: Scenario) -> Scenario:
    """A run that is bound to fail: its first required file is not there, or its parameters are no JSON."""
    first = next((one for one in manifest.input_datasets if one.required), None)
    if first is None:
        return replace(base, arguments=NO_JSON)
    return replace(base, datasets={**base.datasets, first.name: recipe.plan_for(first, defect="missing-file")})


def _seeded(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    """Two runs with one seed, for an image that declares the parameter."""
    declared = next((one for one in manifest.parameters if one.name == "seed" and one.type == "integer"), None)
    if declared is None:
        return
    parameters = {"seed": SEED, **base.parameters}
    for name in ("seeded", "seeded-again"):
        yield replace(
            base, name=name, code="S28", parameters=parameters,
            question="Does the same seed give the same data?",
        )  # fmt: skip

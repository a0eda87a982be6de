"""One scenario made real: folders, inputs, a space on the mock server, the container, and what it left behind.

Nothing here raises because an image misbehaves; `EngineFailure` is raised when the engine does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.engines.protocol import Outcome, RunRequest
from conformance.evidence import Run, RunStatus
from conformance.inputs.payload import METADATA, arguments, generation_params
from conformance.inputs.words import EVALUATED
from conformance.outputs.tree import changes, scan
from conformance.runs import feeding, folders, reproduction
from conformance.runs.stage import Prepared, Stage
from conformance.scenarios.model import Scenario

INPUT, OUTPUT = "/input", "/output"
HOST_VOLUMES = {"input": "/home/asqi/data/input", "output": "/home/asqi/data/output"}
"""Host paths as the Docker host forwards them; no container has them, so an image that uses them fails (DSIN-003)."""
KEY_VARIABLES = ("API_KEY", "OPENAI_API_KEY")
"""Where an image may look for a key: the host's variable and that of the provider which every system has here."""
JOIN_STREAMS = ("/bin/sh", "-c", 'exec "$@" 2>&1', "sh")


def perform_once(stage: Stage, scenario: Scenario) -> tuple[Run, ...]:
    """The ordinary procedure: prepare, run, collect."""
    prepared = prepare(stage, scenario)
    outcome = stage.engine.run(prepared.request)
    return (collect(stage, prepared, outcome),)


def prepare(stage: Stage, scenario: Scenario, *, output: Path | None = None) -> Prepared:
    """Make folders and inputs and build the request as the real host would (contract.md section 2)."""
    options = scenario.options
    places = folders.make(stage, scenario, output)
    kubernetes = options.get("host") == "kubernetes" or stage.profile == "kubernetes"
    shares = stage.engine.facts.shares_kernel
    network = options.get("network") or ("bridge" if kubernetes or not shares else "host")
    network_host = str(options.get("mock_host") or feeding.mock_host(stage, network))
    datasets = feeding.write_inputs(stage, scenario, places)
    systems, secrets = feeding.open_systems(stage, scenario, network_host)
    mounts = folders.mounts(places, writable_input=kubernetes or bool(options.get("writable_input")))
    volumes = _volumes(kubernetes or bool(options.get("container_volumes")), places)
    if options.get("no_volumes"):
        volumes = None
    metadata = None if scenario.metadata is None else (scenario.metadata or METADATA)
    argv = scenario.arguments
    if argv is None:
        params = generation_params(scenario.parameters, datasets, volumes, metadata)
        argv = _argument_order(arguments(params, systems), options)
    environment = _environment(stage, scenario, systems)
    request = RunRequest(
        image=stage.image.digest or stage.image.reference,
        arguments=argv,
        environment=environment,
        mounts=mounts,
        network=network,
        memory_bytes=stage.memory_bytes,
        drop_capabilities=not (kubernetes or options.get("keep_capabilities")),
        timeout=float(options.get("timeout") or stage.timeout),
        record_changes=bool(options.get("record_changes")),
        read_only=bool(options.get("read_only")),
        tmpfs=("/tmp",) if options.get("read_only") else (),  # noqa: S108 (the container's, not ours)
        user=options.get("user"),
        shm_bytes=options.get("shm_bytes"),
        watch_ports=bool(options.get("watch_ports")),
        entrypoint=_entrypoint(stage, scenario),
        stop=folders.output_guard(places, folders.OUTPUT_LIMIT),
        name=scenario.name,
    )
    if request.entrypoint is not None:
        request = replace(request, arguments=(*stage.image.entrypoint, *argv))
    canaries = feeding.canaries(stage, scenario, environment, secrets, datasets)
    return Prepared(scenario, request, datasets, canaries, scan(places.input), network_host, places.foreign)


def _volumes(kubernetes: bool, places: folders.Places) -> Mapping[str, str] | None:
    volumes = {"input": INPUT, "output": OUTPUT} if kubernetes else dict(HOST_VOLUMES)
    if places.output is None:
        volumes.pop("output")
    return volumes


def _argument_order(argv: tuple[str, ...], options: Mapping[str, Any]) -> tuple[str, ...]:
    """The host's argv, or one that differs: reversed with an unknown flag in it, one token each, another flag."""
    if options.get("argument_order") == "odd":
        from conformance.scenarios.ordinary import UNKNOWN_FLAG

        pairs = [argv[index : index + 2] for index in range(0, len(argv), 2)]
        first, *rest = reversed(pairs)
        return (*first, *UNKNOWN_FLAG, *(item for pair in rest for item in pair))
    if options.get("argument_order") == "one-token":
        return tuple(f"{argv[index]}={argv[index + 1]}" for index in range(0, len(argv), 2))
    if options.get("argument_order") == "test-params":
        return tuple("--test-params" if word == "--generation-params" else word for word in argv)
    extra: Sequence[str] = options.get("extra_arguments", ())
    return (*extra, *argv)


def _environment(stage: Stage, scenario: Scenario, systems: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The two mount variables, what the scenario sets, and ``API_KEY`` where the host sets it (contract.md 2.5)."""
    environment: dict[str, str | None] = {"OUTPUT_MOUNT_PATH": OUTPUT, "INPUT_MOUNT_PATH": INPUT}
    environment |= dict(scenario.environment)
    key = systems.get("system_under_test", {}).get("api_key")
    if key:
        environment["API_KEY"] = str(key)
    if scenario.options.get("environment_key"):
        environment |= dict.fromkeys(KEY_VARIABLES, feeding.system_key(stage, scenario))
    if scenario.options.get("decoy_key"):
        environment |= dict.fromkeys(KEY_VARIABLES, feeding.decoy_key(stage, scenario))
    return {name: value for name, value in environment.items() if value is not None}


def _entrypoint(stage: Stage, scenario: Scenario) -> tuple[str, ...] | None:
    """With both streams on one pipe: a shell that the image has, which joins them and becomes the real entrypoint."""
    return JOIN_STREAMS if scenario.joined and stage.has_shell and stage.image.entrypoint else None


def collect(stage: Stage, prepared: Prepared, outcome: Outcome, *, observed: Mapping[str, Any] | None = None) -> Run:
    """The evidence of a run that ended: its log, its output read as facts, what changed, whom it asked."""
    scenario = prepared.scenario
    places = folders.places(stage, scenario)
    ledger = stage.mock.ledger(scenario.name)
    run = Run(
        scenario=scenario.name,
        code=scenario.code,
        status=_status(outcome),
        reason=outcome.start_error,
        arguments=prepared.request.arguments,
        variables=tuple(sorted(prepared.request.environment)),
        mounts=tuple(f"{mount.target}{':ro' if mount.read_only else ''}" for mount in prepared.request.mounts),
        reproduce=_reproduction(stage, prepared),
        exit_code=outcome.exit_code,
        out_of_memory=outcome.out_of_memory,
        seconds=outcome.seconds,
        engine_seconds=outcome.seconds,
        peak_memory_bytes=outcome.peak_memory_bytes,
        cpu_seconds=outcome.cpu_seconds,
        log=outcome.log,
        log_truncated=outcome.log_truncated,
        joined=prepared.request.entrypoint is not None,
        parameters=dict(scenario.parameters),
        datasets=prepared.datasets,
        systems=tuple(scenario.systems),
        output=scan(places.output) if places.output else (),
        input_changes=changes(prepared.input_before, scan(places.input)),
        rootfs_changes=outcome.changes,
        requests=ledger.as_requests(),
        secrets=prepared.secrets,
        observed=_observed(prepared, outcome) | _beside(stage, scenario) | dict(observed or {}),
    )
    return _with_produced(stage, prepared, run, places)


def _reproduction(stage: Stage, prepared: Prepared) -> str:
    image = stage.runnable or stage.image.reference
    return reproduction.command(prepared.request, image, stage.root, stage.mock.port, stage.configured)


def _observed(prepared: Prepared, outcome: Outcome) -> dict[str, Any]:
    """What the request and the engine say beside the run's own fields.

    ``timeout`` in seconds; ``foreign``: the other job's files that were in the output folder, path to SHA-256;
    ``listening``: the addresses and ports on which it listened, None where that was watched for and cannot be seen;
    ``beside``: requests that left the base URL of the system (`feeding.beside`); ``crowd``, after a signal: how many
    programs wanted each processor of the kit's machine.
    """
    foreign = {"foreign": dict(prepared.foreign)} if prepared.foreign else {}
    listening = {"listening": outcome.listening} if prepared.request.watch_ports else {}
    crowd = {"crowd": _crowd()} if outcome.interrupted else {}
    return {"timeout": prepared.request.timeout, **foreign, **listening, **crowd}


def _crowd() -> float:
    """How many programs want each processor of this machine, over the last minute."""
    return round(os.getloadavg()[0] / (os.cpu_count() or 1), 1)


def _beside(stage: Stage, scenario: Scenario) -> dict[str, Any]:
    found = feeding.beside(stage, scenario) if scenario.systems else []
    return {"beside": found} if found else {}


def _with_produced(stage: Stage, prepared: Prepared, run: Run, places: folders.Places) -> Run:
    """The run with the facts of what its document says it produced, and of what came out that must not.

    ``secrets_found`` says where secrets of the run were found, ``evaluated`` where the result of an expression was that
    had been planted in its text.
    """
    from conformance.outputs.reader import read_and_search

    if places.output is None:
        return run
    reload = run.scenario == "baseline"
    wild = any(plan.wild_text for plan in prepared.scenario.datasets.values())
    needles = (*run.secrets, *(EVALUATED if wild else ()))
    produced, found = read_and_search(run.document, places.output, stage.manifest, needles, reload=reload)
    observed = {**run.observed, "secrets_found": [one for one in found if one["canary"] < len(run.secrets)]}
    if wild:
        observed["evaluated"] = [one["where"] for one in found if one["canary"] >= len(run.secrets)]
    return replace(run, produced=produced, observed=observed)


def _status(outcome: Outcome) -> RunStatus:
    if outcome.timed_out:
        return "timeout"
    return "interrupted" if outcome.interrupted else "done"

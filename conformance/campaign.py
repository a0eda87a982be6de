"""The flow, from a target to its report: target, manifest, scenarios, engine, evidence, checks, verdict.

Every step is one call below; nothing comes back. Both the command line and pytest call `check`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from conformance._version import __version__
from conformance.contract.catalogue import EDITION, Requirement, load_catalogue, select
from conformance.contract.manifest import parse_manifest
from conformance.contract.model import Manifest
from conformance.engines.docker import DockerEngine
from conformance.engines.protocol import RunRequest
from conformance.evidence import Evidence, ImageFacts, Run
from conformance.options import Options
from conformance.report import FOLDER, Report
from conformance.runs.performer import Performer
from conformance.runs.runner import Progress, Silence, perform_all
from conformance.runs.working_folder import working_folder
from conformance.scenarios import diagnosis
from conformance.scenarios.ordinary import BASELINE, baseline, has_rows
from conformance.scenarios.plan import plan
from conformance.scenarios.recipe import Recipe, as_seen, first_offer, furthest, next_offer
from conformance.target import Target, resolve

HOST_TIMEOUT = 300.0
CAT_TIMEOUT = 30.0
EVIDENCE_FILE = "evidence.json"


@dataclass(frozen=True)
class Checked:
    """What came of a check."""

    report: Report
    evidence: Evidence
    manifest: Manifest


def check(target: str, options: Options | None = None, progress: Progress | None = None) -> Checked:
    """Check one target: an image reference, a folder with a Dockerfile, or an image archive.

    Raises `conformance.errors.KitError` when the target cannot be had, nothing is selected, or no engine answers; an
    image that does not conform is a report, not an error.
    """
    from conformance.checks import all as every_check

    del every_check  # a kit whose checks cannot be imported must say so before an hour of runs, not after
    options, progress = options or Options(), progress or Silence()
    requirements = select(options.only, options.edition or EDITION)
    began = time.monotonic()
    with engine_for(options) as engine:
        image = resolve(target, engine, options.build_arguments)
        evidence, manifest = gather(image, engine, options, requirements, progress)
    if options.evidence_directory is not None:
        from conformance.evidence_files import save_evidence

        save_evidence(evidence, options.evidence_directory / EVIDENCE_FILE)
    return Checked(verdict(evidence, manifest, options, requirements, time.monotonic() - began), evidence, manifest)


@contextmanager
def engine_for(options: Options) -> Iterator[DockerEngine]:
    """The engine, swept before and left clean."""
    engine = DockerEngine(options.engine_url)
    engine.sweep()
    try:
        yield engine
    finally:
        engine.close()


def gather(
    target: Target,
    engine: DockerEngine,
    options: Options,
    requirements: tuple[Requirement, ...],
    progress: Progress,
) -> tuple[Evidence, Manifest]:
    """Everything that can be seen of an image, and its manifest as far as it can be read."""
    from conformance.mock_openai import MockOpenAI

    started = datetime.now(UTC).isoformat(timespec="seconds")
    image = replace(engine.inspect(target.image), reference=target.reference, dockerfile=_dockerfile(target))
    image = replace(image, cat_works=_cat_works(engine, image), secrets=_layer_secrets(engine, image))
    manifest = parse_manifest(image.manifest).manifest
    with _folder(options, engine, image) as root, MockOpenAI() as mock:
        stage = Performer(
            engine=engine, mock=mock, image=image, manifest=manifest, root=root, profile=options.profile,
            timeout=options.timeout or options.configuration.timeout or HOST_TIMEOUT,
            memory_bytes=options.configuration.memory_bytes or Performer.memory_bytes, seed=options.seed,
            has_shell=image.has_shell, runnable=target.runnable,
            configured=frozenset(options.configuration.environment),
        )  # fmt: skip
        runs, skipped, notes = _perform(stage, options, requirements, progress)
    evidence = Evidence(
        image=image, runs=runs, skipped=skipped, profile=options.profile, kit=__version__,
        edition=options.edition or EDITION, started=started, notes={**notes, **_built_from(target)},
    )  # fmt: skip
    return evidence, manifest


def _perform(
    stage: Performer, options: Options, requirements: tuple[Requirement, ...], progress: Progress
) -> tuple[tuple[Run, ...], Mapping[str, str], Mapping[str, str]]:
    """Negotiate the baseline, plan the rest from what the image accepted, and perform it."""
    needed = options.scenarios or (_needed_scenarios(requirements) if options.only else None)
    if needed is not None and not needed:
        return (), {}, {}
    if options.explore:
        _need_hypothesis()
    offered, recipe = negotiate(stage, _given(stage.manifest, options), progress)
    offered = [*offered[:-1], *_why_it_failed(stage, recipe, offered[-1], options, progress), offered[-1]]
    planned = plan(
        stage.manifest, as_seen(recipe, offered[-1]), scope=options.scope, needed=needed,
        exempt=options.configuration.not_applicable,
    )  # fmt: skip
    done = {BASELINE: (offered[-1],)}
    runs, skipped = perform_all(stage, planned.scenarios, done, jobs=options.jobs, progress=progress)
    if offered[-1].claims_success:
        runs = (*runs, *_explored(stage, recipe, options, needed, progress))
    notes = notes_on(stage.manifest, recipe, len(offered) + len(runs))
    return (*reversed(offered), *runs), {**planned.skipped, **skipped}, notes


def _need_hypothesis() -> None:
    """Raises `UsageError` before the first container starts, where Hypothesis is not installed."""
    from conformance.inputs.explore import strategy

    strategy(Manifest())


def _explored(
    stage: Performer, recipe: Recipe, options: Options, needed: Sequence[str] | None, progress: Progress
) -> tuple[Run, ...]:
    """Runs with further parameter sets, where a person asked for them and there is something to vary."""
    wanted = needed is None or any(fnmatchcase("explore-1", pattern) for pattern in needed)
    if not (options.explore and wanted and stage.manifest.parameters):
        return ()
    from conformance.runs.exploring import Exploration

    return Exploration(stage, recipe, options.explore, progress).runs()


def notes_on(manifest: Manifest, recipe: Recipe, runs: int) -> Mapping[str, str]:
    """What a reader of the report must know of the inputs: the accepted file formats, where rows were given at all."""
    mixture = ", ".join(f"{name} {builder}" for name, builder in sorted(recipe.builders.items()))
    builder = {"builder": mixture or recipe.builder} if has_rows(manifest) else {}
    return {**builder, "runs": str(runs)}


def negotiate(stage: Performer, recipe: Recipe, progress: Progress) -> tuple[list[Run], Recipe]:
    """Run the baseline with one plausible offer after another until the image does not refuse.

    Every refused offer is kept as a run of its own, ``offer-1`` and so on; the last run is the baseline.
    """
    offers = [first_offer(stage.manifest, recipe)]
    runs: list[Run] = []
    while True:
        progress.scenario_started(BASELINE)
        (run,) = stage.perform(baseline(stage.manifest, offers[-1]))
        progress.scenario_finished(BASELINE, run.status, run.seconds)
        refused = run.refused_cleanly or _crashed(run)
        following = next_offer(stage.manifest, tuple(offers), (*runs, run)) if refused else None
        if following is None or (_crashed(run) and len(runs) >= 2):
            return _best(runs, run, offers)
        progress.note(f"the image refused {offers[-1].builder} input; offering another")
        runs.append(replace(run, scenario=f"offer-{len(runs) + 1}"))
        offers.append(following)


def _why_it_failed(
    stage: Performer, recipe: Recipe, failed: Run, options: Options, progress: Progress
) -> tuple[Run, ...]:
    """Runs that depart from the contract in one point each, if the baseline failed: one that heals it is the reason.

    An image that says nothing at all gets one more chance, with unbuffered output.
    """
    if failed.claims_success or failed.status != "done" or failed.reason or failed.out_of_memory:
        return ()
    if failed.exit_code == 0 and failed.document is None:
        scenario = baseline(stage.manifest, recipe)
        unbuffered = {**scenario.environment, "PYTHONUNBUFFERED": "1"}
        chosen = [replace(scenario, name="unbuffered", code="S28", environment=unbuffered, options={})]
    else:
        chosen = list(diagnosis.scenarios(stage.manifest, recipe, failed))
    if options.scenarios:
        chosen = [one for one in chosen if any(fnmatchcase(one.name, pattern) for pattern in options.scenarios)]
    runs, _ = perform_all(stage, chosen, {}, jobs=options.jobs, progress=progress)
    return runs


def _best(refused: list[Run], last: Run, offers: list[Recipe]) -> tuple[list[Run], Recipe]:
    """The runs with the baseline last: the accepted offer, or, where none was, the one with which it came furthest."""
    if last.claims_success or not refused:
        return [*refused, last], offers[-1]
    runs = [*refused, last]
    chosen = furthest(runs)
    others = [run for place, run in enumerate(runs) if place != chosen]
    others = [replace(run, scenario=f"offer-{number}") for number, run in enumerate(others, 1)]
    return [*others, replace(runs[chosen], scenario=BASELINE)], offers[chosen]


def _crashed(run: Run) -> bool:
    """Whether it ended in failure without a word for the host: another format may still work."""
    ended_badly = run.status == "done" and bool(run.exit_code) and not run.reason and not run.out_of_memory
    return ended_badly and not run.claims_success and not run.refused_cleanly


def _given(manifest: Manifest, options: Options) -> Recipe:
    """What a person gave, and values for every declared variable."""
    from conformance.inputs.environment import variables

    configured = options.configuration
    return Recipe(
        fixed_parameters=configured.parameters,
        environment={**variables(manifest, options.seed), **configured.environment},
        sources={**configured.datasets, **options.datasets},
        seed=options.seed,
    )


def _needed_scenarios(requirements: tuple[Requirement, ...]) -> tuple[str, ...]:
    """The names and patterns of the scenarios that the checks of these requirements read."""
    from conformance.checks import REGISTRY, STATIC
    from conformance.checks import all as every_check

    del every_check
    patterns = {name for one in requirements if one.id in REGISTRY for name in REGISTRY[one.id].scenarios}
    return tuple(sorted(patterns - {STATIC}))


def verdict(
    evidence: Evidence,
    manifest: Manifest,
    options: Options,
    requirements: tuple[Requirement, ...],
    seconds: float = 0.0,
) -> Report:
    """The report on evidence that is there, new or kept."""
    from conformance.checks import all as every_check
    from conformance.verdict import judge
    from conformance.waivers import load_waivers

    del every_check
    known = [requirement.id for requirement in load_catalogue(options.edition or EDITION)]
    waivers = load_waivers(options.waivers, known) if options.waivers else ()
    return judge(
        evidence, manifest, requirements, edition=evidence.edition, profile=options.profile, scope=options.scope,
        strict=options.strict, selected=options.only, waivers=waivers, seconds=seconds,
    )  # fmt: skip


@contextmanager
def _folder(options: Options, engine: DockerEngine, image: ImageFacts) -> Iterator[Path]:
    """Where the scenarios' files are: kept below the evidence folder, else removed at the end."""
    if options.evidence_directory is not None:
        from conformance.evidence_files import fresh_folder

        yield fresh_folder(options.evidence_directory)
        return
    with working_folder(engine, image.digest or image.reference) as folder:
        yield folder


def _built_from(target: Target) -> Mapping[str, str]:
    """Where the sources of a folder target are, as seen from here: reports point into its files."""
    if target.folder is None:
        return {}
    path = os.path.relpath(target.folder)
    return {} if path.startswith(".") else {FOLDER: Path(path).as_posix()}


def _dockerfile(target: Target) -> str:
    path = target.folder / "Dockerfile" if target.folder else None
    return path.read_text("utf-8", "replace") if path and path.is_file() else ""


def _cat_works(engine: DockerEngine, image: ImageFacts) -> bool:
    """Whether ``cat`` in the image prints the manifest, which is how the Kubernetes host reads it."""
    if image.manifest_kind != "file":
        return False
    request = RunRequest(
        image.digest, ("/app/manifest.yaml",), entrypoint=("cat",), network="none", timeout=CAT_TIMEOUT, name="cat"
    )
    outcome = engine.run(request)
    printed = b"".join(chunk.data for chunk in outcome.log if chunk.stream == "stdout")
    return outcome.exit_code == os.EX_OK and printed == image.manifest


def _layer_secrets(engine: DockerEngine, image: ImageFacts) -> tuple[str, ...]:
    """Suspicious strings in the layers' files, masked."""
    from conformance.layer_secrets import find_layer_secrets, wanted

    return find_layer_secrets(engine.layer_files(image.digest, wanted))

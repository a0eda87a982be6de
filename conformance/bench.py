"""One image on the bench: run it with inputs of one's own and look at what it left behind.

For container authors' own tests (the pytest fixtures ``sdg_manifest`` and ``sdg_run``); the kit's checks do not use it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.errors import EngineFailure, UsageError
from conformance.evidence import Run
from conformance.inputs.plan import DatasetPlan, SystemPlan
from conformance.options import Options
from conformance.scenarios.model import Scenario

if TYPE_CHECKING:
    from conformance.contract.model import Manifest
    from conformance.runs.performer import Performer
    from conformance.scenarios.recipe import Recipe

Rows = Sequence[Mapping[str, Any]]


class Bench:
    """An image that is ready to run, as often as wanted, each time in fresh folders."""

    def __init__(self, stage: Performer, recipe: Recipe) -> None:
        self._stage = stage
        self._recipe = recipe
        self._numbers = count(1)

    @property
    def manifest(self) -> Manifest:
        """What the image declares."""
        return self._stage.manifest

    def run(
        self,
        params: Mapping[str, Any] | None = None,
        datasets: Mapping[str, Rows | Path | str | DatasetPlan | None] | None = None,
        systems: Mapping[str, SystemPlan | str] | Sequence[str] | None = None,
        **fields: Any,
    ) -> Run:
        """Run the image once, as the host does, and return the evidence.

        What is not said is as in the baseline: plausible values for the required parameters, made rows for every
        declared dataset, the mock server for every declared system. ``params`` are added to those. ``datasets`` gives
        rows, a file, or None (not given at all) by name. ``systems`` names the roles that are given, perhaps with a
        type; an empty one gives none. ``fields`` are any others of a `Scenario`.

        Raises `UsageError` for a name that the manifest does not declare and `EngineFailure` when the engine fails.
        """
        from conformance.scenarios.ordinary import baseline

        name = f"run-{next(self._numbers)}"
        base = baseline(self.manifest, self._recipe)
        scenario = replace(
            base,
            name=name,
            question="What does it do with these inputs?",
            parameters={**base.parameters, **(params or {})},
            datasets=self._datasets(name, base, datasets or {}),
            systems=self._systems(base, systems),
            **fields,
        )
        (run,) = self._stage.perform(scenario)
        if run.status == "engine-error":
            raise EngineFailure(f"The engine failed: {run.reason}")
        return run

    def _datasets(
        self, name: str, base: Scenario, given: Mapping[str, Rows | Path | str | DatasetPlan | None]
    ) -> dict[str, DatasetPlan]:
        plans = dict(base.datasets)
        for dataset, value in given.items():
            if dataset not in plans and dataset not in base.datasets:
                raise UsageError(f"The manifest declares no input dataset “{dataset}”; it has {', '.join(plans)}.")
            if value is None:
                del plans[dataset]
            elif isinstance(value, DatasetPlan):
                plans[dataset] = value
            else:
                source = Path(value) if isinstance(value, Path | str) else self._written(name, dataset, value)
                plans[dataset] = replace(plans[dataset], source=source)
        return plans

    def _written(self, name: str, dataset: str, rows: Rows) -> Path:
        folder = self._stage.root / "given" / name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{dataset}.json"
        path.write_text(json.dumps(list(rows)), encoding="utf-8")
        return path

    def _systems(
        self, base: Scenario, given: Mapping[str, SystemPlan | str] | Sequence[str] | None
    ) -> Mapping[str, SystemPlan]:
        if given is None:
            return base.systems
        if unknown := [role for role in given if role not in base.systems]:
            raise UsageError(f"The manifest declares no system “{unknown[0]}”; it has {', '.join(base.systems)}.")
        if not isinstance(given, Mapping):
            return {role: base.systems[role] for role in given}
        return {role: plan if isinstance(plan, SystemPlan) else SystemPlan(plan) for role, plan in given.items()}


@contextmanager
def on_the_bench(target: str, options: Options | None = None) -> Iterator[Bench]:
    """Take an image (a reference, a folder with a Dockerfile, an archive) to the bench.

    Raises `conformance.errors.KitError` when it cannot be had or no engine answers.
    """
    from conformance.campaign import HOST_TIMEOUT, engine_for
    from conformance.contract.manifest import parse_manifest
    from conformance.inputs.environment import variable_values
    from conformance.mock_openai import MockOpenAI
    from conformance.runs.performer import Performer
    from conformance.runs.working_folder import working_folder
    from conformance.scenarios.recipe import Recipe, first_offer
    from conformance.target import resolve

    options = options or Options()
    configured = options.configuration
    with ExitStack() as stack:
        engine = stack.enter_context(engine_for(options))
        mock = stack.enter_context(MockOpenAI())
        found = resolve(target, engine, options.build_arguments)
        image = engine.inspect(found.image)
        folder = stack.enter_context(working_folder(engine, image.digest or image.reference))
        manifest = parse_manifest(image.manifest).manifest
        stage = Performer(
            engine=engine,
            mock=mock,
            image=image,
            manifest=manifest,
            root=folder,
            profile=options.profile,
            timeout=options.timeout or configured.timeout or HOST_TIMEOUT,
            memory_bytes=configured.memory_bytes or Performer.memory_bytes,
            seed=options.seed,
            has_shell=image.has_shell,
            runnable=found.runnable,
            configured=frozenset(configured.environment),
        )
        recipe = Recipe(
            fixed_parameters=configured.parameters,
            environment={**variable_values(manifest, "bench", seed=options.seed), **configured.environment},
            sources={**configured.datasets, **options.datasets},
            seed=options.seed,
        )
        yield Bench(stage, first_offer(manifest, recipe))

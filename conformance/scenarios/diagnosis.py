"""The runs that find out why a baseline fails: each departs from the contract in one point.

If a departure heals the baseline, the image depends on exactly that point, and the requirement that forbids it has its
finding. They are made only when the baseline fails with a word, so a good image never pays for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.evidence import Run
from conformance.inputs.parameters import candidates
from conformance.scenarios.model import Scenario
from conformance.scenarios.ordinary import baseline
from conformance.scenarios.recipe import Recipe

USUAL_VARIABLES = {
    "HOME": "/root",
    "USER": "root",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "OPENAI_API_KEY": "sk-sdgc-diagnosis",
    "API_KEY": "sk-sdgc-diagnosis",
    "HF_TOKEN": "hf_sdgc_diagnosis",
    "HF_HOME": "/tmp/huggingface",  # noqa: S108 (in the container)
    "TMPDIR": "/tmp",  # noqa: S108 (in the container)
}


MOST_NAMED = 10
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")


def named_variables(failed: Run) -> dict[str, str]:
    """A value for each word in a failed run's log that is written like a variable and is not set."""
    text = failed.merged[-20_000:].decode("utf-8", "replace")
    names = dict.fromkeys(name for name in _VARIABLE.findall(text) if name not in failed.variables)
    return {name: f"sdgc-{name.lower()}" for name in list(names)[:MOST_NAMED]}


def optional_values(manifest: Manifest, recipe: Recipe) -> dict[str, dict[str, Any]]:
    """What optional parameters are given: the declared defaults, and where there are others a plausible value of each.

    By the end of the scenario's name; empty where every parameter is required.
    """
    optional = [one for one in manifest.parameters if not one.required and one.name not in recipe.parameters]
    defaults = {one.name: one.default for one in optional if one.has_default and one.default is not None}
    plausible = {one.name: values[0] for one in optional if (values := candidates(one))}
    made = {"defaults": defaults, "optional-parameters": {**plausible, **defaults}}
    if made["defaults"] == made["optional-parameters"]:
        del made["optional-parameters"]
    return {name: values for name, values in made.items() if values}


def scenarios(manifest: Manifest, recipe: Recipe, failed: Run) -> Iterator[Scenario]:
    """Every departure that could heal a baseline of this manifest, which ended as ``failed``."""
    base = replace(baseline(manifest, recipe), code="S01", expects="either", options={})

    def departing(name: str, question: str, **options: object) -> Scenario:
        return replace(base, name=f"diagnose-{name}", question=question, options=options)

    yield replace(departing("no-metadata", "Does it work without metadata?"), metadata=None)
    yield replace(
        departing("bare-parameters", "Does it work without the keys that the host adds?", no_volumes=True),
        metadata=None,
    )
    for name, values in optional_values(manifest, recipe).items():
        given = departing(name, "Does it work when its optional parameters are given?")
        yield replace(given, parameters={**values, **base.parameters})
    yield departing("container-volumes", "Does it work when volumes names container paths?", container_volumes=True)
    if manifest.input_datasets:
        yield departing("absolute-paths", "Does it work with absolute input paths?", absolute_paths=True)
    few = {
        name: replace(plan, legacy_definition=True) for name, plan in base.datasets.items() if plan.type == HUGGINGFACE
    }
    if few:
        few_keys = departing("few-loader-keys", "Does it work without the loader keys that are null?")
        yield replace(few_keys, datasets={**base.datasets, **few})
    yield replace(
        departing("variables", "Does it work with variables that nobody declared?"),
        environment={**named_variables(failed), **USUAL_VARIABLES, **base.environment},
    )
    yield departing("capabilities", "Does it work with all capabilities?", keep_capabilities=True)
    yield departing("shared-memory", "Does it work with 1 GiB of shared memory?", shm_bytes=1024**3)
    yield departing("one-token", "Does it want --generation-params=JSON?", argument_order="one-token")
    yield departing("test-params", "Does it want --test-params?", argument_order="test-params")
    if manifest.systems:
        yield departing("default-role", "Does it want the role system_under_test?", default_role=True)

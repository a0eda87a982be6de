"""The argument list of a container run, exactly as the host builds it (contract.md 2.2 and 2.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.errors import KitError
from conformance.evidence import FedDataset

LONGEST_ARGUMENT = 131_071
"""Bytes of one argument that Linux takes (``MAX_ARG_STRLEN`` less its closing NUL)."""

METADATA: Mapping[str, Any] = {
    "tags": {
        "parent_id": "6f1a2f0e-8f0d-4c53-9d0c-3d5f4b0c7a11",
        "job_type": "generation",
        "job_id": "conformance_job",
    },
    "user_id": None,
}
"""What the host sends when nothing is configured; the ids are fixed, so that runs repeat."""


class ArgumentTooLongError(KitError):
    """No host could start a container with that argument."""


def metadata_from(config: Mapping[str, Any]) -> dict[str, Any]:
    """The ``metadata`` object for a host's metadata configuration.

    Custom tags join the host's own, ``job_type`` replaces the tag, other keys are passed through.
    """
    tags = dict(METADATA["tags"])
    if "job_type" in config:
        tags["job_type"] = config["job_type"]
    if isinstance(custom := config.get("tags"), Mapping):
        tags.update(custom)
    reserved = ("tags", "parent_id", "job_type", "job_id")
    others = {key: value for key, value in config.items() if key not in reserved}
    return {"tags": tags, "user_id": None, **others}


def generation_params(
    parameters: Mapping[str, Any],
    datasets: Sequence[FedDataset],
    volumes: Mapping[str, Any] | None,
    metadata: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The object behind ``--generation-params``.

    The host's keys replace parameters of the same name. ``volumes`` None leaves that key out (a job without volumes);
    without datasets there is no ``input_datasets``. ``metadata`` is the host's configuration for it (an empty one
    gives what the host sends by itself); None leaves the key out, as hosts before 0.4.5 did.
    """
    params = dict(parameters)
    if volumes is not None:
        params["volumes"] = dict(volumes)
    if datasets:
        params["input_datasets"] = {dataset.name: dict(dataset.definition) for dataset in datasets}
    if metadata is not None:
        params["metadata"] = metadata_from(metadata)
    return params


def arguments(params: Mapping[str, Any], systems: Mapping[str, Any]) -> tuple[str, ...]:
    """The argument list: ``--systems-params`` first and only if there are systems, two tokens each.

    Raises `ArgumentTooLongError` for what the kernel would refuse.
    """
    listed: tuple[tuple[str, Mapping[str, Any]], ...] = (("--generation-params", params),)
    if systems:
        listed = (("--systems-params", systems), *listed)
    made: list[str] = []
    for flag, value in listed:
        text = json.dumps(value)
        if len(text) > LONGEST_ARGUMENT:
            raise ArgumentTooLongError(
                f"{flag} would be {len(text)} bytes long; Linux takes {LONGEST_ARGUMENT} for one argument.",
                "Give shorter parameter values, or fewer of them.",
            )
        made += [flag, text]
    return tuple(made)

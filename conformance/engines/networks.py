"""Networks of the kit's own, without a way out; they carry its label, so that a sweep finds what a killed kit left."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

import docker
import requests
from docker.errors import APIError, DockerException

from conformance.engines.protocol import IsolatedNetwork
from conformance.errors import EngineFailure


@contextlib.contextmanager
def isolated_network(client: docker.DockerClient, labels: dict[str, str]) -> Iterator[IsolatedNetwork]:
    """Make a network without a way out and remove it afterwards.

    Raises `EngineFailure` where the engine cannot make one, or gives it no address on this machine.
    """
    name = f"sdg-conformance-{uuid.uuid4().hex[:12]}"
    try:
        network = client.networks.create(name, driver="bridge", internal=True, labels=labels)
    except (APIError, requests.RequestException) as refusal:
        raise EngineFailure(f"the engine cannot make a network without a way out: {refusal}") from refusal
    try:
        network.reload()
        settings = (network.attrs.get("IPAM") or {}).get("Config") or [{}]
        gateway = str(settings[0].get("Gateway") or "").partition("/")[0]
        if not gateway:
            raise EngineFailure("the engine gave its network no address on this machine")
        yield IsolatedNetwork(name, gateway)
    finally:
        with contextlib.suppress(DockerException, requests.RequestException):
            network.remove()

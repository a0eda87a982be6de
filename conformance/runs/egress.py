"""The run that shows whom an image tries to reach: a network without a way out, on which the kit answers for everyone.

The mock server listens there too, for images that cannot do without a system.

What was seen is `Run.observed` ``["egress"]``:

* ``watched``: whether the kit could listen at all, else ``reason`` says why not;
* ``proved``: whether something of this very run, or a question asked from a container on the same network, arrived.
  Without it a silence proves nothing;
* ``names``: ``{"name", "type", "count"}`` of every name that was looked up, ``connections``: ``{"port", "protocol",
  "host", "request"}`` of every connection to ports 80 and 443.

An address that is written as a number in the program is not seen: the container has no route to it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from conformance.egress.watch import Watch
from conformance.engines.protocol import IsolatedNetwork, Mount, RunRequest
from conformance.errors import EngineFailure
from conformance.evidence import Run
from conformance.runs.once import collect, prepare
from conformance.runs.stage import Stage
from conformance.scenarios.model import Scenario

PROBE_SECONDS = 20.0
PROBE = "import socket,sys; socket.gethostbyname(sys.argv[1])"
PROBES = (("getent", "hosts"), ("python3", "-c", PROBE), ("node", "-e", "require('dns').lookup(process.argv[1],()=>0)"))
"""Programs that many images have and that look a name up; the first one that is there settles it."""


class UnwatchedError(Exception):
    """Why whom the image reaches cannot be seen here."""


def perform_watched(stage: Stage, scenario: Scenario) -> tuple[Run, ...]:
    """Run the image where every name leads to the kit; without a network at all where that cannot be had."""
    with ExitStack() as stack:
        try:
            network, watch = stack.enter_context(_listening(stage))
        except UnwatchedError as obstacle:
            return (_unwatched(stage, scenario, str(obstacle)),)
        stage.mock.add_host(network.gateway)
        options = {**scenario.options, "network": "none", "mock_host": network.gateway}
        prepared = prepare(stage, replace(scenario, options=options))
        mount = _resolver(stage, scenario, network)
        request = replace(
            prepared.request,
            network=network.name,
            dns=network.gateway,
            mounts=(*prepared.request.mounts, mount),
        )
        outcome = stage.engine.run(request)
        seen = watch.record()
        proved = any(seen.values()) or _hears_containers(stage, request, watch)
        prepared = replace(prepared, request=replace(request, network="none", mounts=prepared.request.mounts))
    return (collect(stage, prepared, outcome, observed={"egress": {"watched": True, "proved": proved, **seen}}),)


def _unwatched(stage: Stage, scenario: Scenario, reason: str) -> Run:
    prepared = prepare(stage, replace(scenario, options={**scenario.options, "network": "none"}))
    observed: dict[str, Any] = {"watched": False, "reason": reason, "proved": False, "names": [], "connections": []}
    return collect(stage, prepared, stage.engine.run(prepared.request), observed={"egress": observed})


@contextmanager
def _listening(stage: Stage) -> Iterator[tuple[IsolatedNetwork, Watch]]:
    """A network without a way out and the watch on its gateway; raises `UnwatchedError` with the reason."""
    if not stage.engine.facts.shares_kernel:
        raise UnwatchedError("the engine runs on another machine, whose networks the kit cannot listen on")
    with ExitStack() as stack:
        try:
            network = stack.enter_context(stage.engine.isolated_network())
            watch = stack.enter_context(Watch(network.gateway))
        except EngineFailure as failure:
            raise UnwatchedError(failure.message) from failure
        except OSError as refusal:
            raise UnwatchedError(
                f"the kit cannot listen on ports 53, 80 and 443 of its network: {refusal}"
            ) from refusal
        if not watch.hears_itself():
            raise UnwatchedError("what the kit sent to its own name server did not arrive")
        yield network, watch


def _resolver(stage: Stage, scenario: Scenario, network: IsolatedNetwork) -> Mount:
    """A resolv.conf of the run's own: an engine's resolver may not pass questions on from such a network."""
    file = stage.folder(scenario.name) / "resolv.conf"
    file.write_text(f"nameserver {network.gateway}\noptions timeout:1 attempts:2\n", "ascii")
    file.chmod(0o644)
    return Mount(file, "/etc/resolv.conf", read_only=True)


def _hears_containers(stage: Stage, request: RunRequest, watch: Watch) -> bool:
    """Whether a name that a container looks up on this network arrives."""
    name = f"probe-{secrets.token_hex(4)}.sdg-conformance.test"
    for program, *arguments in PROBES:
        probe = RunRequest(
            image=request.image, entrypoint=(program,), arguments=(*arguments, name), network=request.network,
            dns=request.dns, mounts=request.mounts[-1:], timeout=PROBE_SECONDS, name="egress-probe",
        )  # fmt: skip
        outcome = stage.engine.run(probe)
        if any(asked == name for asked, _ in watch.names):
            return True
        if not outcome.start_error:
            return False
    return False

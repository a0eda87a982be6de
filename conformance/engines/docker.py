"""Docker through its SDK, and Podman through the same API.

Policy: an image's misbehaviour is an `Outcome`; only the engine's own failure raises `EngineFailure`. Every container
carries a label with the kit's process, so that `sweep` removes what a killed kit left and never what another is using.
Containers are made one by one with create, start, wait, logs, remove: the host does the same, and it costs no more than
a single call (the network namespace is the cost, see the scenarios).
"""

from __future__ import annotations

import concurrent.futures
import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container
from docker.types import LogConfig
from docker.types import Mount as DockerMount

from conformance.engines import cgroups, layers
from conformance.engines.labels import LABEL, OWNER_LABEL, alive, labels
from conformance.engines.layers import LayerFile, Wanted
from conformance.engines.logs import demultiplex
from conformance.engines.networks import isolated_network
from conformance.engines.ports import PortWatch
from conformance.engines.protocol import EngineFacts, IsolatedNetwork, Outcome, RunRequest
from conformance.errors import EngineFailure
from conformance.evidence import ImageFacts

POLL_SECONDS = 0.02
KILLED = 137


class DockerEngine:
    """An engine behind the Docker API.

    ``url`` is a Docker host URL; None takes ``DOCKER_HOST``, the default socket, then Podman's socket. Raises
    `EngineFailure` when nothing answers.
    """

    def __init__(self, url: str | None = None) -> None:
        self._client, self.url = connect(url)
        with talking_to_the_engine():
            info = self._client.info()
            version = self._client.version()
        self._facts = EngineFacts(
            name="podman" if "Podman" in str(version.get("Components", "")) else "docker",
            version=str(version.get("Version", "")),
            architecture=str(info.get("Architecture", "")),
            shares_kernel=_shares_kernel(info),
            gateway=self._bridge_gateway(),
            cpus=int(info.get("NCPU") or 1),
        )
        self._cgroups = cgroups.available(str(info.get("CgroupDriver", "")), self._facts.shares_kernel)
        self._live: set[str] = set()
        self._lock = threading.Lock()
        self._closing = False

    @property
    def facts(self) -> EngineFacts:
        """What is known of the engine."""
        return self._facts

    @property
    def client(self) -> docker.DockerClient:
        """The SDK's client, for building images."""
        return self._client

    @property
    def measures(self) -> bool:
        """Whether the memory and the processor time of its containers can be had."""
        return self._cgroups

    def inspect(self, image: str) -> ImageFacts:
        """What the engine says of an image, its manifest included; a container is created and never started."""
        from conformance.engines.images import image_facts

        with talking_to_the_engine():
            return image_facts(self._client, image, self._facts.architecture)

    def layer_files(self, image: str, wanted: Wanted) -> Iterator[LayerFile]:
        """The small files of an image's layers that are ``wanted``, as far as time and bytes allow."""
        with talking_to_the_engine():
            found = self._client.images.get(image)
            folders = layers.layer_folders(found.attrs) if self._facts.shares_kernel else []
            if folders:
                yield from layers.files_in_folders(folders, wanted)
            else:
                yield from layers.files_in_stream(found.save(), wanted)

    def run(self, request: RunRequest) -> Outcome:
        """Run one container to its end, read what it logged, and remove it whatever happens."""
        with talking_to_the_engine():
            meter = cgroups.Meter(request.name) if self._cgroups else None
            started = time.monotonic()
            try:
                container = self._create(request, meter)
            except APIError as refusal:
                return Outcome(exit_code=None, start_error=refusal.explanation or str(refusal))
            try:
                return self._run(container, request, meter, started)
            finally:
                self._remove(container)
                if meter:
                    meter.close()

    def _create(self, request: RunRequest, meter: cgroups.Meter | None) -> Container:
        with self._lock:
            if self._closing:
                raise EngineFailure("the run was stopped", hint="start it again")
            options: dict[str, Any] = {
                "command": list(request.arguments),
                "environment": dict(request.environment),
                "mounts": [
                    DockerMount(mount.target, str(mount.source), type="bind", read_only=mount.read_only)
                    for mount in request.mounts
                ],
                "network_mode": request.network,
                "mem_limit": request.memory_bytes,
                "cpu_period": 100_000,
                "cpu_quota": int(request.cpus * 100_000),
                "pids_limit": 4096,
                "cap_drop": ["ALL"] if request.drop_capabilities else None,
                "read_only": request.read_only,
                "tmpfs": dict.fromkeys(request.tmpfs, "") or None,
                "labels": labels(),
                "log_config": LogConfig(type="json-file", config={"max-size": str(request.log_limit), "max-file": "2"}),
                "stdin_open": False,
                "tty": False,
            }
            rarely: dict[str, Any] = {
                "user": request.user,
                "shm_size": request.shm_bytes,
                "dns": [request.dns] if request.dns else None,
                "entrypoint": list(request.entrypoint) if request.entrypoint is not None else None,
                "cgroup_parent": meter.parent if meter else None,
            }
            options |= {name: value for name, value in rarely.items() if value is not None}
            container = self._client.containers.create(request.image, **options)
            self._live.add(str(container.id))
            return container

    def _run(self, container: Container, request: RunRequest, meter: cgroups.Meter | None, started: float) -> Outcome:
        try:
            container.start()
        except APIError as refusal:
            container.reload()
            code = container.attrs["State"].get("ExitCode")
            return Outcome(exit_code=code, start_error=refusal.explanation or str(refusal))
        ports = self._watch_ports(container) if request.watch_ports else None
        waited = self._wait(container, request, meter)
        listening = ports.stop() if ports else None
        container.reload()
        state = container.attrs["State"]
        raw = self._logs(container)
        chunks, truncated = demultiplex(raw, str(state.get("StartedAt", "")), request.log_limit)
        return Outcome(
            exit_code=None if waited.timed_out else int(state.get("ExitCode", 0)),
            log=chunks,
            log_truncated=truncated,
            timed_out=waited.timed_out,
            interrupted=waited.interrupted,
            out_of_memory=bool(state.get("OOMKilled")) and not waited.timed_out,
            seconds=time.monotonic() - started,
            peak_memory_bytes=meter.peak_memory() if meter else None,
            cpu_seconds=meter.cpu_seconds() if meter else None,
            changes=_changes(container) if request.record_changes else (),
            stop_seconds=waited.stop_seconds,
            listening=listening,
        )

    def _watch_ports(self, container: Container) -> PortWatch | None:
        if not self._facts.shares_kernel:
            return None
        container.reload()
        return PortWatch(int(container.attrs["State"].get("Pid") or 0))

    def _wait(self, container: Container, request: RunRequest, meter: cgroups.Meter | None) -> _Waited:
        """Wait for the end, the deadline or the moment of the interruption, whichever comes first."""
        pool = concurrent.futures.ThreadPoolExecutor(1)
        try:
            end = pool.submit(_wait_for_exit, self._client, str(container.id), request.timeout + 60)
            return _watch(end, container, request, meter)
        finally:
            pool.shutdown(wait=False)  # after Ctrl-C it ends only when `run` has removed the container

    def _logs(self, container: Container) -> bytes:
        api: Any = self._client.api  # its own method for logs throws the stream's name away
        response = api._get(
            api._url("/containers/{0}/logs", container.id),
            params={"stdout": 1, "stderr": 1, "timestamps": 1, "follow": 0, "tail": "all"},
        )
        return bytes(response.content)

    def _remove(self, container: Container) -> None:
        try:
            container.remove(force=True, v=True)
        except NotFound:
            pass
        except APIError as refusal:
            if refusal.status_code != requests.codes.conflict:
                raise
        with self._lock:
            self._live.discard(str(container.id))

    def _bridge_gateway(self) -> str:
        try:
            settings = self._client.networks.get("bridge").attrs["IPAM"]["Config"] or [{}]
            return str(settings[0].get("Gateway") or "172.17.0.1")
        except (APIError, KeyError, IndexError):
            return "172.17.0.1"

    def isolated_network(self) -> AbstractContextManager[IsolatedNetwork]:
        """A network without a way out, for the time of a ``with`` block."""
        return isolated_network(self._client, labels())

    def sweep(self) -> int:
        """Remove containers and networks of kits that no longer run; how many there were."""
        removed = 0
        with talking_to_the_engine():
            for container in self._client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True):
                if not alive(container.labels.get(OWNER_LABEL, "")):
                    self._remove(container)  # another kit may be sweeping too
                    removed += 1
            for network in self._client.networks.list(filters={"label": LABEL}):
                if not alive((network.attrs.get("Labels") or {}).get(OWNER_LABEL, "")):
                    network.remove()
                    removed += 1
        return removed

    def close(self) -> None:
        """Kill and remove every container of this process that still runs, and refuse to start more."""
        with self._lock:
            self._closing = True
            live = list(self._live)
        for identifier in live:
            try:
                self._client.api.remove_container(identifier, force=True, v=True)
            except (DockerException, requests.RequestException):
                continue  # already gone, or the engine is: the next sweep finds it


@dataclass(frozen=True, slots=True)
class _Waited:
    """How waiting for a container ended."""

    timed_out: bool = False
    interrupted: bool = False
    stop_seconds: float | None = None


def _watch(
    end: concurrent.futures.Future[None], container: Container, request: RunRequest, meter: cgroups.Meter | None
) -> _Waited:
    """Look at a running container until it has ended."""
    deadline = time.monotonic() + request.timeout
    interruption, signalled = request.interruption, None
    while True:
        poll = POLL_SECONDS if interruption and signalled is None else 1.0
        try:
            end.result(timeout=max(0.0, min(poll, deadline - time.monotonic())))
            stop = None if signalled is None else time.monotonic() - signalled
            return _Waited(interrupted=signalled is not None, stop_seconds=stop)
        except concurrent.futures.TimeoutError:
            pass
        now = time.monotonic()
        used = meter.cpu_seconds() if meter and interruption else None
        if interruption and signalled is None and interruption.ready(used):
            signalled = time.monotonic()
            deadline = min(deadline, signalled + interruption.grace)
            _signal(container, interruption.signal)
        elif now >= deadline or (request.stop is not None and request.stop()):
            _signal(container, "SIGKILL")
            end.result()
            if signalled is not None:
                return _Waited(interrupted=True, stop_seconds=time.monotonic() - signalled)
            return _Waited(timed_out=True)


def connect(url: str | None) -> tuple[docker.DockerClient, str]:
    """A client for the first engine that answers, and that engine's address.

    Raises `EngineFailure` naming what was tried.
    """
    named = url or os.environ.get("DOCKER_HOST")
    tried = []
    for choice in [named] if named else _usual_sockets():  # who names an engine means that one or none
        try:
            client = docker.DockerClient(base_url=choice, timeout=120, max_pool_size=64, version="auto")
            client.ping()
            return client, choice
        except (DockerException, requests.RequestException, OSError, ValueError):
            tried.append(choice)
    raise EngineFailure(
        f"no container engine answers (tried {', '.join(tried)})",
        hint="start Docker or Podman, or name an engine with --engine URL or DOCKER_HOST; "
        "`make setup` in the kit's repository installs one on Debian and Ubuntu",
    )


def _usual_sockets() -> list[str]:
    """Where Docker and Podman listen when nobody says otherwise."""
    own = f"unix:///run/user/{os.getuid()}/podman/podman.sock"
    return ["unix:///var/run/docker.sock", "unix:///run/podman/podman.sock", own]


@contextmanager
def talking_to_the_engine() -> Iterator[None]:
    """Turn an engine that dies, refuses or is not there into one sentence."""
    try:
        yield
    except ImageNotFound as missing:
        raise EngineFailure(f"the engine does not have this image: {missing.explanation or missing}") from missing
    except APIError as refusal:
        raise EngineFailure(f"the engine refused: {refusal.explanation or refusal}") from refusal
    except (DockerException, requests.RequestException, ConnectionError) as failure:
        raise EngineFailure(
            f"the container engine stopped answering ({type(failure).__name__})",
            hint="look at the engine's log, start it again, and repeat the check",
        ) from failure


def _shares_kernel(info: dict[str, Any]) -> bool:
    """Whether the engine runs on this very machine, so that its host network is ours."""
    desktop = "Docker Desktop" in str(info.get("OperatingSystem", ""))
    return not desktop and info.get("KernelVersion") == os.uname().release


def _wait_for_exit(client: docker.DockerClient, identifier: str, timeout: float) -> None:
    try:
        client.api.wait(identifier, timeout=math.ceil(timeout))
    except NotFound:
        return


def _signal(container: Container, name: str) -> None:
    try:
        container.kill(signal=name)
    except APIError:
        return  # it ended in the meantime


def _changes(container: Container) -> tuple[str, ...]:
    kinds = {"0": "C", "1": "A", "2": "D"}
    try:
        return tuple(sorted(f"{kinds.get(str(item['Kind']), '?')} {item['Path']}" for item in container.diff() or ()))
    except APIError:
        return ()

"""The words in which the kit speaks to a container engine.

An engine never raises because an image misbehaves: a container that cannot start, hangs or is killed is an `Outcome`.
It raises `conformance.errors.EngineFailure` only when the engine itself fails, and says what to do next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from conformance.evidence import ImageFacts, LogChunk

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of this machine at a place in the container."""

    source: Path
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Interruption:
    """A signal sent to the container while it runs.

    ``ready`` is asked again and again, with the processor time that the container has used until then (None: this
    engine does not know); the signal goes out once it returns True (or never, if the container ends first). After
    SIGTERM the container has ``grace`` seconds until it is killed.
    """

    signal: Literal["SIGTERM", "SIGKILL"]
    ready: Callable[[float | None], bool]
    grace: float = 10.0


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One container run. The defaults are the real host's (contract.md 2.6).

    ``stop`` is asked every second and kills the container when it says True: an output folder over its limit, say.
    """

    image: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    network: str = "host"
    dns: str | None = None
    memory_bytes: int = 2 * GIB
    cpus: float = 2.0
    shm_bytes: int | None = None
    drop_capabilities: bool = True
    user: str | None = None
    read_only: bool = False
    tmpfs: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    timeout: float = 300.0
    log_limit: int = 16 * 1024**2
    interruption: Interruption | None = None
    stop: Callable[[], bool] | None = None
    record_changes: bool = False
    watch_ports: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a container run left behind, files aside.

    ``exit_code`` is None when it was killed at its deadline. ``start_error`` is the engine's message when the
    container could not be started at all. ``changes`` are paths below the root that the run added or changed
    (``A /app/x``), mounts excluded. ``stop_seconds`` is the time from the interruption to the end. ``listening``:
    the addresses and ports on which something listened in the container's own network (None: that cannot be seen).
    """

    exit_code: int | None
    log: tuple[LogChunk, ...] = ()
    log_truncated: bool = False
    timed_out: bool = False
    interrupted: bool = False
    out_of_memory: bool = False
    start_error: str = ""
    seconds: float = 0.0
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None
    changes: tuple[str, ...] = ()
    stop_seconds: float | None = None
    listening: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What the kit must know of an engine. ``shares_kernel``: its containers can use this machine's host network."""

    name: str
    version: str
    architecture: str
    shares_kernel: bool = True
    gateway: str = "172.17.0.1"
    cpus: int = 1


@dataclass(frozen=True, slots=True)
class IsolatedNetwork:
    """A network that ends at this machine; ``gateway`` is this machine's address on it."""

    name: str
    gateway: str


class Engine(Protocol):
    """A place where containers run; every method is safe to call from several threads."""

    @property
    def facts(self) -> EngineFacts:
        """What is known of the engine."""
        ...

    def inspect(self, image: str) -> ImageFacts:
        """What the engine says of an image, its manifest included; no container is started."""
        ...

    def run(self, request: RunRequest) -> Outcome:
        """Run one container to its end and remove it."""
        ...

    def isolated_network(self) -> AbstractContextManager[IsolatedNetwork]:
        """A network without a way out, for the time of a ``with`` block."""
        ...

    def sweep(self) -> int:
        """Remove what interrupted runs of the kit left behind; how many containers and networks that was."""
        ...

    def close(self) -> None:
        """End every run in progress and leave nothing behind."""
        ...

"""The frozen record of what every run left behind, and how it is saved and loaded.

Checks see nothing else. Everything here is plain data that survives a round trip through JSON, so a verdict can be
given again without an engine. Nothing in it is trusted: text from the image is kept as bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from conformance.outputs.facts import DatasetFacts, FileFacts

Stream = Literal["stdout", "stderr"]


@dataclass(frozen=True)
class LogChunk:
    """Bytes that one stream gave at once; ``at`` is seconds since the container started (engine's clock)."""

    stream: Stream
    at: float
    data: bytes


@dataclass(frozen=True)
class Request:
    """One HTTP request that the mock server saw (a row of its ledger), as checks need it.

    ``path`` is what followed the scenario's base URL; ``key`` is the bearer token's fingerprint, not the key itself.
    ``arrived`` and ``finished`` are seconds on one monotonic clock. ``status`` is 0 where no status line was sent.
    """

    method: str
    path: str
    status: int = 200
    arrived: float = 0.0
    finished: float = 0.0
    body: Any = None
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    retry_count: int = 0
    concurrent: int = 1
    disconnected: bool = False
    declared: bool = True


@dataclass(frozen=True)
class FedDataset:
    """One dataset as the run was given it.

    ``definition`` is the host's JSON for it (contract.md 2.3), ``files`` are the paths below the input mount,
    ``columns`` the file's column names before the mapping, ``rows`` their number and ``sample`` the first of them
    as JSON values. Documents have no columns.
    """

    name: str
    type: str
    definition: Mapping[str, Any]
    files: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: int = 0
    sample: tuple[Mapping[str, Any], ...] = ()
    builder: str = ""
    note: str = ""


RunStatus = Literal["done", "timeout", "engine-error", "interrupted"]


@dataclass(frozen=True)
class Run:
    """What one container run left behind.

    ``joined`` runs had stdout and stderr on one pipe: their order is the order in which the image wrote, but the
    streams cannot be told apart. In the others two pipes race, as they do under the real host.
    """

    scenario: str
    code: str = ""
    status: RunStatus = "done"
    reason: str = ""
    arguments: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    reproduce: str = ""
    exit_code: int | None = None
    out_of_memory: bool = False
    seconds: float = 0.0
    engine_seconds: float = 0.0
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None
    log: tuple[LogChunk, ...] = ()
    log_truncated: bool = False
    joined: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    datasets: tuple[FedDataset, ...] = ()
    systems: tuple[str, ...] = ()
    output: tuple[FileFacts, ...] = ()
    produced: tuple[DatasetFacts, ...] = ()
    input_changes: tuple[str, ...] = ()
    rootfs_changes: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    secrets: tuple[str, ...] = ()
    observed: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def merged(self) -> bytes:
        """Both streams in the order in which the engine kept them: what the host parses."""
        return b"".join(chunk.data for chunk in self.log)

    @cached_property
    def stdout(self) -> bytes:
        """Standard output alone (everything, for a joined run)."""
        return b"".join(chunk.data for chunk in self.log if chunk.stream == "stdout")

    @cached_property
    def stderr(self) -> bytes:
        """Standard error alone (nothing, for a joined run)."""
        return b"".join(chunk.data for chunk in self.log if chunk.stream == "stderr")

    @cached_property
    def document(self) -> Mapping[str, Any] | None:
        """The result document that the image meant: the last one on stdout that looks like a result, else anywhere.

        It is what the checks of content read, so that a document which the host would not find is one finding (of the
        checks of the log), not one of every check.
        """
        from conformance.contract.result import intended_document

        return intended_document(self.stdout) or intended_document(self.merged)

    @cached_property
    def results(self) -> Mapping[str, Any]:
        """The ``results`` object as the host chooses it (empty where there is none)."""
        from conformance.contract.result import effective_results

        return effective_results(self.document) if self.document is not None else {}

    @property
    def claims_success(self) -> bool:
        """Whether the document says success, as the host reads it (any true value)."""
        return bool(self.results.get("success", False))

    @property
    def refused_cleanly(self) -> bool:
        """Whether the image ended by itself with a document that says no, and why (contract.md ERROR-001)."""
        error = self.results.get("error")
        return (
            self.status == "done"
            and self.results.get("success") is False
            and isinstance(error, str)
            and bool(error.strip())
        )

    @property
    def error_text(self) -> str:
        """The error that the document states, or nothing."""
        error = self.results.get("error")
        return error if isinstance(error, str) else ""

    def entries(self, key: str = "generated_datasets") -> list[Mapping[str, Any]]:
        """The well-formed entries of a list of the document: objects only."""
        listed = (self.document or {}).get(key)
        return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


@dataclass(frozen=True)
class ImageFacts:
    """What the engine says of the image without running it (scenario S00).

    ``manifest_kind`` is file, missing, directory, symlink, other or too-large. ``user_id`` is the number of ``user``
    (None: the image does not say). ``history`` holds the command that made each layer, newest first. ``secrets`` are
    suspicious strings found in the layers' files, already masked. ``cat_works``: ``cat /app/manifest.yaml`` in the
    image prints the manifest, as the Kubernetes host needs (None: not tried). ``dockerfile`` is the text of the
    Dockerfile where the target was a folder.
    """

    reference: str
    digest: str = ""
    os: str = "linux"
    architecture: str = ""
    host_architecture: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    user_id: int | None = 0
    working_directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    exposed_ports: tuple[str, ...] = ()
    healthcheck: bool = False
    size_bytes: int = 0
    manifest_kind: str = "file"
    manifest: bytes = b""
    cat_works: bool | None = None
    has_shell: bool = True
    secrets: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    dockerfile: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything that was seen of one target."""

    image: ImageFacts
    runs: tuple[Run, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Scenarios that were not run, each with the reason."""
    profile: str = "current"
    kit: str = ""
    edition: str = ""
    started: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Decisions of the kit that a reader must know, e.g. ``builder``: the negotiated input format."""

    @cached_property
    def by_name(self) -> Mapping[str, Run]:
        """Every run by its scenario's name."""
        return {run.scenario: run for run in self.runs}

    def run(self, name: str) -> Run | None:
        """The run of that scenario, if it was made and ended by itself or by the kit's deadline."""
        return self.by_name.get(name)

"""SECURITY: secrets that come out, paths and URLs that are followed, privileges, users, text that is evaluated, ports.

Who an image tries to reach is in `conformance.checks.network`, secrets in the image itself in
`conformance.checks.image`. A secret is never quoted, only where it was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks import STATIC, check
from conformance.checks.common import each, first_of_each, how_it_ended, matching, quote
from conformance.checks.image import runs_as_root
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, FedDataset, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested
from conformance.inputs.environment import CANARY_START
from conformance.inputs.words import EVALUATED
from conformance.outputs.secret_places import spellings

SECRET_RUNS = ("baseline", "minimal", "offer-*", "repeat", "missing-*", "invalid-json", "corrupt-file", "wrong-*",
               "environment-key", "extra-metadata", "kubernetes", "no-output", "no-base-url", "no-model",
               "fault-*")  # fmt: skip
ESCAPES = ("escape-relative", "escape-absolute")
SHORTEST_LEAK = 20
_SUPPORTS_URLS = re.compile(rb"description:.*\bURLs?\b", re.IGNORECASE)
EPHEMERAL_PORTS = range(32_768, 61_000)
"""The ports that Linux gives to whoever asks for port 0 (net.ipv4.ip_local_port_range)."""


@check("SECURITY-001", *SECRET_RUNS)
def secrets_stay_secret(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Every run's log, result and output are searched for the secrets that the run was given."""
    searched = [run for run in evidence.runs if run.secrets]
    if not searched and not manifest.systems and not manifest.environment:
        return NotApplicable("no system and no variable is declared, so there is no secret to keep (manifest.yaml)")
    return each(searched, _leaks, "no run was given a secret that could come out")


def _leaks(run: Run) -> Iterator[Finding]:
    for stream, data in (("stdout", run.stdout), ("stderr", run.stderr)):
        for number, secret in enumerate(run.secrets):
            if line := _line_of(data, secret):
                message = f"{_which(run, number)} is in the log; expected it nowhere."
                yield Finding(message, run.scenario, f"{stream}:{line}")
    for found in run.observed.get("secrets_found", ()):
        number = int(found.get("canary", -1))
        if 0 <= number < len(run.secrets) and not _may_be_data(run.secrets[number]):
            where = quote(str(found.get("where", "")), 200)
            message = f"{_which(run, number)} is in the output ({where}); expected it nowhere."
            yield Finding(message, run.scenario, f"/output: {where}")


def _may_be_data(secret: str) -> bool:
    """Whether it is the value of a variable whose name speaks of no secret: what it says may belong into the rows.

    A log that prints such values prints the environment, secrets and all.
    """
    return secret.startswith(CANARY_START)


def _line_of(data: bytes, secret: str) -> int:
    """The number of the first line that holds a secret in any of its spellings; 0 for none."""
    places = [place for spelling in spellings(secret) if (place := data.find(spelling)) >= 0]
    return data.count(b"\n", 0, min(places)) + 1 if places else 0


def _which(run: Run, number: int) -> str:
    """A secret in words that do not give it away; the key of the systems comes first (`Run.secrets`)."""
    return "The key of a system" if run.systems and number == 0 else "A secret value that the run was given"


@check("SECURITY-002", *ESCAPES)
def paths_stay_below_the_input_folder(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A dataset whose path leads out of the input folder is refused; nothing of what lies there comes out."""
    if not manifest.input_datasets:
        return NotApplicable(f"no input dataset is declared ({manifest.line_of('input_datasets')})")
    return each(matching(evidence, *ESCAPES), _escaped, "no run with a path out of the input folder was made")


def _escaped(run: Run) -> Iterator[Finding]:
    path = quote(", ".join(file for fed in run.datasets for file in fed.files if _leads_out(file)), 200)
    if run.status == "done" and run.claims_success:
        message = f"It accepted the input path {path}, which leads out of /input; expected a refusal that names it."
        yield Finding(message, run.scenario, "input_datasets")
    elif any(text in run.merged for text in _planted_text(run)):
        message = f"It read the file at {path}, outside /input, and shows what it holds; expected a refusal."
        yield Finding(message, run.scenario, "log")


def _leads_out(path: str) -> bool:
    return path.startswith(("/", "../")) or "/../" in path


def _planted_text(run: Run) -> set[bytes]:
    """Text that only the file outside the input folder holds."""
    outside = [fed for fed in run.datasets if any(_leads_out(file) for file in fed.files)]
    inside = {text for fed in run.datasets if fed not in outside for text in _texts(fed)}
    return {text.encode() for fed in outside for text in _texts(fed) if text not in inside}


def _texts(fed: FedDataset) -> set[str]:
    values = (value for row in fed.sample for value in row.values())
    return {value for value in values if isinstance(value, str) and len(value) >= SHORTEST_LEAK}


@check("SECURITY-003", "escape-url")
def urls_are_not_fetched(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A URL where a path belongs is not fetched, unless the manifest says that URLs are welcome."""
    if not manifest.input_datasets:
        return NotApplicable(f"no input dataset is declared ({manifest.line_of('input_datasets')})")
    if _SUPPORTS_URLS.search(evidence.image.manifest):
        return []
    return each(matching(evidence, "escape-url"), _fetched, "no run with a URL as input was made")


def _fetched(run: Run) -> Iterator[Finding]:
    for path in sorted({request.path for request in run.requests if _is_file(request.path, run)}):
        message = (
            f"It fetched the URL that it was given instead of a path ({quote(path, 100)}); "
            "expected a refusal, or a manifest that says that URLs are supported."
        )
        yield Finding(message, run.scenario, "input_datasets")


def _is_file(path: str, run: Run) -> bool:
    """Whether a request asked for one of the files that the run was given by URL."""
    names = {file.rpartition("/")[2] for fed in run.datasets for file in fed.files if "://" in file}
    return path.partition("?")[0].rpartition("/")[2] in names - {""}


@check("SECURITY-004", "baseline")
def needs_no_privileges(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The baseline runs without capabilities; where it fails, a run that has them says whether they were missed."""
    del manifest
    run = evidence.run("baseline")
    if run is None:
        return NotTested("the baseline was not run")
    if run.claims_success and run.status == "done":
        return []
    healed = evidence.run("diagnose-capabilities")
    if healed is not None and healed.claims_success:
        message = "Without capabilities it fails, with the engine's usual ones it succeeds; expected to need none"
        return [Finding(f"{message}. Observed: {how_it_ended(run)}.", run.scenario, "capabilities")]
    return NotTested("the baseline did not succeed, with or without capabilities")


@check("SECURITY-005", STATIC, "arbitrary-user")
def runs_without_root(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The image names a user other than root, or a run under an unknown user id succeeds."""
    del manifest
    if not runs_as_root(evidence.image.user) and evidence.image.user_id != 0:
        return []
    run = evidence.run("arbitrary-user")
    if run is None:
        why = evidence.skipped.get("arbitrary-user", "it was not run")
        return NotTested(f"the image runs as root, and whether it could run as another user is not known: {why}")
    if run.claims_success and run.status == "done":
        return []
    message = f"It runs as root and not under another user id (54321): {how_it_ended(run)}; expected either to work"
    return [Finding(f"{message}.", run.scenario, "USER")]


@check("SECURITY-007", "wild-text", "other-locale")
def data_is_not_evaluated(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Expressions, templates and pickles planted in text stay text: the number that they stand for never comes out."""
    if not manifest.input_datasets:
        return NotApplicable(f"no input dataset is declared ({manifest.line_of('input_datasets')})")
    runs = [run for run in evidence.runs if "evaluated" in run.observed]
    return each(runs, _evaluations, "no run with expressions planted in its data was made")


def _evaluations(run: Run) -> Iterator[Finding]:
    expected = "expected text of the input to stay text"
    if any(result.encode() in run.merged for result in EVALUATED):
        message = f"An expression planted in the input was evaluated, its result is in the log; {expected}."
        yield Finding(message, run.scenario, "log")
    for where in run.observed["evaluated"]:
        shown = quote(str(where), 200)
        message = f"An expression planted in the input was evaluated, its result is in {shown}; {expected}."
        yield Finding(message, run.scenario, f"/output: {shown}")
    for entry in run.output:
        if entry.path.endswith("etc/passwd"):
            message = f"Text of the input became the path of an output file ({quote(entry.path, 100)}); {expected}."
            yield Finding(message, run.scenario, f"/output/{quote(entry.path, 100)}")


@check("SECURITY-009", "kubernetes")
def listens_on_no_port(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The sockets of a run in a network of its own; a free port on the loopback address disturbs nobody."""
    del manifest
    run = evidence.run("kubernetes")
    if run is None:
        return NotTested(evidence.skipped.get("kubernetes", "no run in a network of its own was made"))
    listening = run.observed.get("listening")
    if listening is None:
        return NotTested("the kit cannot see the sockets of this engine's containers")
    return first_of_each(_ports(run, listening))


def _ports(run: Run, listening: Any) -> Iterator[Finding]:
    for address, port in listening:
        if not (_is_loopback(address) and port in EPHEMERAL_PORTS):
            message = f"It listens on port {port} of {address}; expected no listening port, for jobs share a network."
            yield Finding(message, run.scenario, f"port {port}")


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"

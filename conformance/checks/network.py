"""Whom an image tries to reach: SECURITY-006, SYSTEM-014 and IMAGE-007, from runs that have no way out.

`conformance.runs.egress` says what is recorded. Names that no program means for the world outside (``localhost``,
names without a dot, reverse look-ups) are nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks import check
from conformance.checks.common import how_it_ended, quote
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotTested

LOCAL_ENDINGS = ("localhost", ".local", ".localdomain", ".arpa")
HUB_NAMES = ("huggingface.co", "hf.co")
"""The hub of datasets and models, which SECURITY-006 allows, and the names below it."""
WATCHED = ("egress", "egress-failure")
"""The runs in which whom it tries to reach is seen: one that goes well, and one that cannot."""
TIMES = {1: "once", 2: "twice"}


@check("SECURITY-006", *WATCHED)
def looks_up_nothing_else(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Names that were looked up without need; the hub of datasets is no strange place."""
    return _contacts(evidence, manifest, hub_is_allowed=True)


@check("SYSTEM-014", *WATCHED, "baseline")
def contacts_no_undeclared_host(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Hosts that were contacted although no system was given, and what went beside a system that was."""
    beside = [finding for run in evidence.runs for finding in _beside(run)]
    asked = any(run.requests for run in evidence.runs)
    if evidence.run("egress") is None and "egress" not in evidence.skipped and asked:
        return beside  # an image that cannot do without a system: only what it asks can be watched
    contacts = _contacts(evidence, manifest, hub_is_allowed=False)
    return [*beside, *contacts] if isinstance(contacts, list) else beside or contacts


def _beside(run: Run) -> Iterator[Finding]:
    """Requests to a system's host that are not below its base URL (`conformance.runs.feeding.beside`)."""
    paths = {f"{one['method']} {one['path']}" for one in run.observed.get("beside", ())}
    for path in sorted(paths):
        yield Finding(
            f"It sent {quote(path, 100)} to the host of its system, outside of base_url; expected it to reach nothing "
            "but the systems that it is given.", run.scenario, "base_url",
        )  # fmt: skip


def _contacts(evidence: Evidence, manifest: Manifest, *, hub_is_allowed: bool) -> Judgement:
    """One finding for each host, of the first run that reached it."""
    del manifest
    run = evidence.run("egress")
    if run is None:
        return NotTested(evidence.skipped.get("egress", "whom the image tries to reach was not watched"))
    seen = _seen(run)
    if not seen.get("watched"):
        return NotTested(f"whom the image tries to reach cannot be seen here: {seen.get('reason', 'no reason given')}")
    told: dict[str, Finding] = {}
    for each in filter(None, map(evidence.run, WATCHED)):
        given = "Beside its systems" if each.systems else "Given no system"
        for name, message in _reached(_seen(each), given).items():
            if not (hub_is_allowed and _is_hub(name)):
                expected = "expected it to reach nothing but the systems that it is given"
                told.setdefault(name, Finding(f"{message}; {expected}.", each.scenario, name))
    findings = list(told.values())
    if not findings and not (run.status == "done" and run.claims_success):
        return NotTested("nothing arrived, but it did not succeed in that run, so its silence says little")
    if not findings and not seen.get("proved"):
        return NotTested("nothing arrived, but the kit could not prove that it would have heard a container here")
    return findings


def _seen(run: Run) -> Mapping[str, Any]:
    seen: Mapping[str, Any] = run.observed.get("egress") or {}
    return seen


def _reached(seen: Mapping[str, Any], given: str) -> dict[str, str]:
    """What was seen of each host: asked for how often, connected to where; ``given`` says what systems there were."""
    asked: dict[str, int] = {}
    for entry in seen.get("names", ()):
        if not _is_local(str(entry["name"])) and entry["type"] != "PTR":
            asked[str(entry["name"])] = max(asked.get(str(entry["name"]), 0), int(entry["count"]))
    ports: dict[str, set[int]] = {}
    for entry in seen.get("connections", ()):
        host = str(entry.get("host") or "").partition(":")[0].lower()
        if host and not _is_local(host):
            ports.setdefault(host, set()).add(int(entry["port"]))
    told = {}
    for host in sorted({*asked, *ports}):
        parts = [f"asked for {quote(host, 100)} {_times(asked[host])}"] if host in asked else []
        if host in ports:
            where = " and ".join(str(port) for port in sorted(ports[host]))
            parts.append(f"connected to {'its port' if parts else f'{quote(host, 100)}, port'} {where}")
        told[host] = f"{given}, it " + " and ".join(parts)
    return told


def _times(count: int) -> str:
    return TIMES.get(count, f"{count} times")


def _is_local(name: str) -> bool:
    return "." not in name or name.endswith(LOCAL_ENDINGS)


def _is_hub(name: str) -> bool:
    return any(name == hub or name.endswith(f".{hub}") for hub in HUB_NAMES)


@check("IMAGE-007", "no-network", "egress", "without-systems", "minimal")
def needs_no_network(evidence: Evidence, manifest: Manifest) -> Judgement:
    """What works with a network works without one; an image that needs a system is left nothing but that system."""
    required = any(system.required for system in manifest.systems)
    name = "egress" if required else "no-network"
    run = evidence.run(name)
    if run is None:
        return NotTested(evidence.skipped.get(name, "no run without a network was made"))
    if run.claims_success and run.status == "done":
        return []
    if required and not run.requests:
        return NotTested("on a network without a way out it did not reach the system that it needs")
    if not _works_with_a_network(evidence, run):
        return NotTested("it does not succeed with the same systems, with or without a network")
    message = f"Without a way out to the network it fails, with one it succeeds: {how_it_ended(run)}"
    return [Finding(f"{message}; expected everything that a run needs in the image.", run.scenario)]


def _works_with_a_network(evidence: Evidence, run: Run) -> bool:
    """Whether a run with the same systems succeeded where there was a network."""
    others = [evidence.run(name) for name in ("without-systems", "minimal", "baseline")]
    return any(
        other is not None and set(other.systems) == set(run.systems) and other.status == "done" and other.claims_success
        for other in others
    )

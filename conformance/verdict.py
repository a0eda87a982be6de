"""From evidence to the report: one status per requirement, one verdict per image.

The image is *conformant* when no MUST is fail, waived, not-tested or inconclusive; *non-conformant* when a MUST fails;
else *inconclusive*. ``strict`` treats SHOULD as MUST. Three things never turn into a pass: a scenario that was not run,
a run that the engine spoiled, and a check of the kit's own that broke.

Three kinds of not-tested say nothing of the image and do not count: the kit has no check for the requirement yet,
the chosen scope leaves its scenarios out, and nothing that can be seen from outside could ever decide it. The report
says how many there are of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Protocol

from conformance._version import __version__
from conformance.checks import REGISTRY, STATIC, Check
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested
from conformance.report import (
    LEVELS,
    Kit,
    Report,
    ReportedFinding,
    ReportedRequirement,
    ReportedScenario,
    Status,
    Target,
    Verdict,
    count,
)
from conformance.reports.escaping import mask, visible
from conformance.scenarios.plan import OUT_OF_SCOPE
from conformance.waivers import Waiver, apply_waivers

NOT_BUILT = "not built yet"
"""The reason of a requirement for which the kit has no check."""

_Clean = Callable[[str], str]


class Requirement(Protocol):
    """What the verdict needs of a row of the catalogue (`conformance.contract.catalogue.Requirement`)."""

    @property
    def id(self) -> str:
        """The canonical id, ``OUTPUT-004``."""
        ...

    @property
    def title(self) -> str:
        """A few words."""
        ...

    @property
    def statement(self) -> str:
        """What a conformant image does."""
        ...

    @property
    def hint(self) -> str:
        """How to mend a violation."""
        ...

    @property
    def source(self) -> str:
        """Where the contract says so."""
        ...

    def level_in(self, profile: str) -> str | None:
        """MUST, SHOULD or MAY in that profile; None where the profile does not know the requirement."""
        ...


@dataclass(frozen=True)
class _Outcome:
    status: Status
    reason: str | None = None
    findings: tuple[Finding, ...] = ()
    counts: bool = True
    observable: bool = True


def judge(
    evidence: Evidence,
    manifest: Manifest,
    requirements: Iterable[Requirement],
    *,
    edition: str = "",
    profile: str = "current",
    scope: str = "full",
    strict: bool = False,
    selected: Sequence[str] = (),
    waivers: Sequence[Waiver] = (),
    checks: Mapping[str, Check] = REGISTRY,
    seconds: float = 0.0,
) -> Report:
    """The report on one target, from its evidence alone.

    ``requirements`` are the selected rows of the catalogue (all of them, or what ``--only`` left); ``selected`` the
    patterns that selected them. ``checks`` is the registry; import `conformance.checks.all` first, so that it is whole.
    Mistakes in the waivers do not raise: they are in the report's ``errors``, so that no verdict is lost.
    """
    clean = _cleaner(evidence)
    rows, hidden = [], 0
    for requirement in requirements:
        if (level := requirement.level_in(profile)) is None:
            continue
        outcome = decide(checks.get(requirement.id), evidence, manifest)
        rows.append(_row(requirement, level, outcome, evidence, clean))
        hidden += not outcome.observable
    waived, errors = apply_waivers(rows, waivers, selected=bool(selected))
    verdict, reason = overall(waived, strict=strict)
    if limits := [*([f"{scope} scope"] if scope != "full" else []), *(["a selection"] if selected else [])]:
        reason += f" ({' and '.join(limits)} only)"
    return Report(
        kit=Kit(version=evidence.kit or __version__, edition=edition or evidence.edition),
        target=_target(evidence, manifest, clean),
        verdict=verdict,
        verdict_reason=reason,
        profile=profile,
        scope=scope,
        strict=strict,
        selected=tuple(selected),
        started=evidence.started,
        seconds=round(seconds, 3),
        counts=count(waived),
        not_built=sum(row.reason == NOT_BUILT for row in waived),
        out_of_scope=sum(not row.counts and row.reason != NOT_BUILT for row in waived) - hidden,
        unobservable=hidden,
        requirements=tuple(waived),
        scenarios=_scenarios(evidence, clean),
        notes={key: clean(str(value)) for key, value in sorted(evidence.notes.items())},
        errors=tuple(errors),
    )


def decide(check: Check | None, evidence: Evidence, manifest: Manifest) -> _Outcome:
    """The outcome of one check.

    The check is asked even when none of its scenarios was run, because only it knows whether the requirement concerns
    the image at all; but then nothing that it says short of "not applicable" is believed.
    """
    if check is None:
        return _Outcome("not-tested", NOT_BUILT, counts=False)
    judgement = _ask(check, evidence, manifest)
    if isinstance(judgement, NotApplicable):
        return _Outcome("not-applicable", judgement.reason)
    runs = [run for run in evidence.runs if _matches(run.scenario, check.scenarios)]
    spoiled = [run for run in runs if run.status == "engine-error"]
    if STATIC not in check.scenarios and len(runs) == len(spoiled):
        return _unusable(check, evidence, spoiled)
    if isinstance(judgement, NotTested) and not judgement.observable:
        return _Outcome("not-tested", judgement.reason, counts=False, observable=False)
    outcome = _weigh(judgement, spoiled)
    if outcome.status == "not-tested" and OUT_OF_SCOPE in _skipped(check, evidence).values():
        return replace(outcome, counts=False)  # what it did not see may be in what the scope leaves out
    return outcome


def _ask(check: Check, evidence: Evidence, manifest: Manifest) -> Judgement | Exception:
    """What the check says of the runs that the engine did not spoil: it must not blame the image for the others."""
    if any(run.status == "engine-error" for run in evidence.runs):
        evidence = replace(evidence, runs=tuple(run for run in evidence.runs if run.status != "engine-error"))
    try:
        return check.function(evidence, manifest)
    except Exception as error:  # noqa: BLE001 (whatever a check does wrong, the others still speak)
        return error


def _weigh(judgement: Judgement | Exception, spoiled: Sequence[Run]) -> _Outcome:
    """A finding stands whatever else was spoiled; silence counts only if every run could be judged."""
    if isinstance(judgement, Exception):
        return _Outcome("inconclusive", f"the kit's check failed: {type(judgement).__name__}: {judgement}")
    if isinstance(judgement, list) and judgement:
        return _Outcome("fail", findings=tuple(judgement))
    if spoiled:
        return _Outcome("inconclusive", _engine_reason(spoiled))
    return _Outcome("pass") if isinstance(judgement, list) else _Outcome("not-tested", judgement.reason)


def _unusable(check: Check, evidence: Evidence, spoiled: Sequence[Run]) -> _Outcome:
    """Why none of the scenarios that the check reads can be judged.

    The plan names every scenario that it leaves out (`conformance.scenarios.plan`); one that it does not even name is
    one that nothing in the manifest calls for.
    """
    if spoiled:
        return _Outcome("inconclusive", _engine_reason(spoiled))
    skipped = _skipped(check, evidence)
    if not skipped:
        return _Outcome("not-applicable", f"the manifest calls for no such run ({', '.join(check.scenarios)})")
    in_scope = {name: why for name, why in skipped.items() if why != OUT_OF_SCOPE}
    if not in_scope:
        return _Outcome("not-tested", OUT_OF_SCOPE, counts=False)
    name, why = next(iter(in_scope.items()))
    return _Outcome("not-tested", f"{name} was not run: {why}")


def _skipped(check: Check, evidence: Evidence) -> dict[str, str]:
    """The scenarios that a check reads and that were not run, each with the reason."""
    return {name: why for name, why in evidence.skipped.items() if _matches(name, check.scenarios)}


def _engine_reason(spoiled: Sequence[Run]) -> str:
    first = spoiled[0]
    return f"the engine failed in {first.scenario}: {first.reason or 'no reason given'}"


def _matches(scenario: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(scenario, pattern) for pattern in patterns)


def overall(rows: Sequence[ReportedRequirement], *, strict: bool = False) -> tuple[Verdict, str]:
    """The verdict on the image and the sentence that explains it."""
    binding = {"MUST", "SHOULD"} if strict else {"MUST"}
    word = "MUST or SHOULD" if strict else "MUST"
    counting = [row for row in rows if row.counts and row.level in binding]
    if failed := [row.id for row in counting if row.status == "fail"]:
        return "non-conformant", f"{_number(failed, word)} {'fails' if len(failed) == 1 else 'fail'}"
    unsettled = {
        status: [row.id for row in counting if row.status == status]
        for status in ("waived", "not-tested", "inconclusive")
    }
    open_questions = [
        f"{_number(ids, word)} {'is' if len(ids) == 1 else 'are'} {status}" for status, ids in unsettled.items() if ids
    ]
    if open_questions:
        return "inconclusive", "; ".join(open_questions)
    if not any(row.status in {"pass", "fail", "waived"} for row in rows):
        return "inconclusive", "nothing was tested"
    return "conformant", f"no {word} requirement fails, and none is left open"


def _number(ids: Sequence[str], word: str) -> str:
    shown = ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")
    return f"{len(ids)} {word} requirement{'' if len(ids) == 1 else 's'} ({shown})"


def _row(
    requirement: Requirement, level: str, outcome: _Outcome, evidence: Evidence, clean: _Clean
) -> ReportedRequirement:
    findings = []
    for finding in outcome.findings:
        run = evidence.by_name.get(finding.scenario)
        findings.append(
            ReportedFinding(
                scenario=finding.scenario,
                message=clean(finding.message),
                location=clean(finding.location),
                hint=clean(finding.hint or requirement.hint),
                reproduce=clean(finding.reproduce or (run.reproduce if run else "")),
            )
        )
    return ReportedRequirement(
        id=requirement.id,
        level=next(known for known in LEVELS if known == level),
        title=requirement.title,
        status=outcome.status,
        reason=None if outcome.reason is None else clean(outcome.reason),
        findings=tuple(findings),
        statement=requirement.statement,
        source=requirement.source,
        counts=outcome.counts,
    )


def _target(evidence: Evidence, manifest: Manifest, clean: _Clean) -> Target:
    image = evidence.image
    return Target(
        reference=clean(image.reference),
        digest=image.digest,
        name=clean(manifest.name),
        version=clean(manifest.version),
    )


def _scenarios(evidence: Evidence, clean: _Clean) -> tuple[ReportedScenario, ...]:
    made = [
        ReportedScenario(
            name=run.scenario,
            status=run.status,
            exit_code=run.exit_code,
            seconds=round(run.seconds, 3),
            peak_memory_bytes=run.peak_memory_bytes,
            requests=len(run.requests),
            code=run.code,
            reason=clean(run.reason),
            reproduce=clean(run.reproduce),
        )
        for run in evidence.runs
    ]
    skipped = [
        ReportedScenario(name=name, status="skipped", reason=clean(reason)) for name, reason in evidence.skipped.items()
    ]
    return (*made, *skipped)


def _cleaner(evidence: Evidence) -> _Clean:
    """What every text from the image passes on its way into the report."""
    secrets = frozenset(secret for run in evidence.runs for secret in run.secrets)
    return lambda text: visible(mask(text, secrets))

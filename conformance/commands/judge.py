"""``sdg-conformance judge``: the verdict on kept evidence, without an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.commands.check import judging_options
from conformance.commands.outputs import ReportingCommand, reporting_options, wanted_outputs, write_reports
from conformance.errors import UsageError
from conformance.evidence import Evidence
from conformance.options import Options
from conformance.report import Report


@click.command(cls=ReportingCommand)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@judging_options
@reporting_options
@click.pass_context
def judge(ctx: click.Context, /, folder: Path, **given: Any) -> int:
    """Give the verdict on kept evidence again, without an engine.

    DIR is what `check --evidence DIR` kept (or the evidence file in it).
    """
    outputs = wanted_outputs(ctx)
    evidence = load_kept(folder)
    options = Options(
        scope="quick" if is_quick(evidence) else "full",
        profile=given["profile"] or evidence.profile,  # type: ignore[arg-type]
        strict=given["strict"],
        only=given["only"],
        waivers=given["waivers"],
        edition=given["edition"],
    )
    report = judge_again(evidence, options)
    write_reports(outputs, [report])
    return report.exit_code


def load_kept(folder: Path) -> Evidence:
    """The evidence in a folder that a check kept. Raises `UsageError` if there is none."""
    from conformance.campaign import EVIDENCE_FILE
    from conformance.evidence_files import load_evidence

    path = folder / EVIDENCE_FILE if folder.is_dir() else folder
    if not path.is_file():
        raise UsageError(
            f"There is no evidence in {folder}.", "Keep it with: sdg-conformance check TARGET --evidence DIR"
        )
    return load_evidence(path)


def judge_again(evidence: Evidence, options: Options) -> Report:
    """The report on evidence, by the requirements that the options select."""
    from conformance import campaign
    from conformance.contract.manifest import parse_manifest
    from conformance.contract.selection import chosen

    requirements = chosen(options.only, options.edition)
    manifest = parse_manifest(evidence.image.manifest).manifest
    return campaign.verdict(evidence, manifest, options, requirements)


def is_quick(evidence: Evidence) -> bool:
    """Whether the evidence is of a quick check."""
    from conformance.scenarios.plan import OUT_OF_SCOPE

    return OUT_OF_SCOPE in evidence.skipped.values()

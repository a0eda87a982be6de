"""``sdg-conformance lint``: a manifest and Dockerfile alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.commands.check import judging_options
from conformance.commands.outputs import ReportingCommand, reporting_options, wanted_outputs, write_reports
from conformance.options import Options


@click.command(cls=ReportingCommand)
@click.argument("path", metavar="PATH", type=click.Path(exists=True, path_type=Path))
@judging_options
@reporting_options
@click.pass_context
def lint(ctx: click.Context, /, path: Path, **given: Any) -> int:
    """Check a manifest (and Dockerfile) alone, without an engine.

    PATH is a manifest, or a folder with one.
    """
    from conformance.lint import lint as lint_files

    outputs = wanted_outputs(ctx)
    options = Options(
        profile=given["profile"] or "current",
        strict=given["strict"],
        only=given["only"],
        waivers=given["waivers"],
        edition=given["edition"],
    )
    report = lint_files(path, options)
    write_reports(outputs, [report])
    return report.exit_code

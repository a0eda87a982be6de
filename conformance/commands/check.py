"""``sdg-conformance check``: from targets to reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.commands.outputs import (
    Output,
    ReportingCommand,
    must_be_writable,
    reporting_options,
    wanted_outputs,
    write_reports,
    write_text,
)
from conformance.configuration import Configuration, configuration_beside, load_configuration
from conformance.errors import KitError, UsageError
from conformance.options import Options
from conformance.report import Report, worst_exit_code

if TYPE_CHECKING:
    from conformance.runs.runner import Progress

PROFILES = ("current", "seed", "kubernetes")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class _Extras:
    """What goes beyond the check itself."""

    controls: bool = False
    certify: Path | None = None
    key: Path | None = None
    write_waivers: Path | None = None


def _pairs(_context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(value.partition("=")[::2] for value in values)
    for value in values:
        if not value.partition("=")[0] or "=" not in value:
            raise click.BadParameter(f"“{value}” is not NAME=VALUE", param=parameter)
    return pairs


def judging_options(command: Any) -> Any:
    """The options that change a verdict, the same for new and for kept evidence."""
    for option in (
        click.option("--profile", type=click.Choice(PROFILES), help="The host to judge for.  [default: current]"),
        click.option("--strict", is_flag=True, help="Treat every SHOULD as a MUST."),
        click.option("--only", multiple=True, metavar="PATTERN", help="Requirements, such as 'OUTPUT-*'. Repeatable."),
        click.option("--waivers", type=_FILE, help="Accepted violations (sdg-conformance-waivers.toml)."),
        click.option("--edition", help="Judge by an older edition of the catalogue."),
    ):
        command = option(command)
    return command


@click.command(cls=ReportingCommand)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--scope", type=click.Choice(("full", "quick")), default="full", show_default=True)
@judging_options
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds per container run.")
@click.option("--jobs", type=click.IntRange(min=1), help="Containers that work side by side.  [default: the CPUs]")
@click.option("--config", type=_FILE, help="A configuration file; else sdg-conformance.toml beside the Dockerfile.")
@click.option("--dataset", "datasets", multiple=True, callback=_pairs, metavar="NAME=FILE", help="A real input file.")
@click.option("--build-arg", "build_args", multiple=True, callback=_pairs, metavar="NAME=VALUE", help="For a folder.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the made input data.")
@click.option("--explore", type=click.IntRange(min=0), default=0, help="Try N more generated parameter sets.")
@reporting_options
@click.option("--evidence", type=click.Path(file_okay=False, path_type=Path), help="Keep the evidence here.")
@click.option("--engine", metavar="URL", help="The container engine; else DOCKER_HOST or the usual sockets.")
@click.option("--progress", type=click.Choice(("auto", "plain", "none")), default="auto", show_default=True)
@click.option("--controls", is_flag=True, help="Check images of known verdict too; the run is void if one differs.")
@click.option("--certify", is_flag=True, help="Write a statement: full scope, no waivers, controls on.")
@click.option("--statement", type=click.Path(dir_okay=False, path_type=Path), default="sdg-conformance-statement.json",
              show_default=True, metavar="FILE", help="Where --certify writes it.")  # fmt: skip
@click.option("--key", type=_FILE, help="Sign the statement with this private key (Ed25519, PEM).")
@click.option("--write-waivers", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write a waiver file for what fails now, reasons left to fill in.")  # fmt: skip
@click.pass_context
def check(ctx: click.Context, /, targets: tuple[str, ...], **given: Any) -> int:
    """Check images, build folders or image archives.

    TARGET is an image reference, a folder with a Dockerfile, or an image archive (.tar).
    """
    outputs = wanted_outputs(ctx)
    options = _options(given)
    extras = _Extras(
        controls=given["controls"],
        certify=given["statement"] if given["certify"] else None,
        key=given["key"],
        write_waivers=given["write_waivers"],
    )
    for path in (extras.certify, extras.write_waivers):
        if path is not None:
            must_be_writable(path)
    if extras.write_waivers is not None and len(targets) != 1:
        raise UsageError("--write-waivers takes one target.", "Write the waivers of the images one by one.")
    options, extras = _for_certification(targets, options, extras)
    _validate(options)
    from conformance.progress import progress_for

    return check_all(targets, options, extras, outputs, progress_for(given["progress"]))


def _options(given: Mapping[str, Any]) -> Options:
    from conformance.contract.catalogue import EDITION

    datasets = {name: Path(file) for name, file in given["datasets"].items()}
    for name, file in datasets.items():
        if not file.exists():
            raise UsageError(f"The file {file} for the dataset “{name}” does not exist.", "Mend --dataset.")
    return Options(
        scope=given["scope"],
        profile=given["profile"] or "current",
        strict=given["strict"],
        only=given["only"],
        timeout=given["timeout"],
        jobs=given["jobs"] or os.cpu_count() or 1,
        configuration=load_configuration(given["config"]) if given["config"] else Configuration(),
        waivers=given["waivers"],
        evidence_directory=given["evidence"],
        engine_url=given["engine"],
        edition=given["edition"] or EDITION,
        seed=given["seed"],
        datasets=datasets,
        explore=given["explore"],
        build_arguments=given["build_args"],
    )


def _for_certification(targets: tuple[str, ...], options: Options, extras: _Extras) -> tuple[Options, _Extras]:
    """Certification binds one image to everything there is: nothing left out, nothing waived, evidence kept."""
    if extras.certify is None:
        if extras.key is not None:
            raise UsageError("--key signs a certification statement.", "Add --certify.")
        return options, extras
    forbidden = {"--only": options.only, "--waivers": options.waivers, "--scope quick": options.scope != "full"}
    if said := [name for name, value in forbidden.items() if value]:
        raise UsageError(
            f"--certify does not go with {', '.join(said)}.", "A certificate speaks of the whole contract."
        )
    if len(targets) != 1:
        raise UsageError("--certify takes one target.", "Certify the images one by one.")
    if extras.key is not None:
        from conformance.certification import load_private_key

        load_private_key(extras.key)
    kept = options.evidence_directory or extras.certify.with_suffix(".evidence")
    return replace(options, evidence_directory=kept), replace(extras, controls=True)


def _validate(options: Options) -> None:
    """Find mistakes in names and waivers before a container is started."""
    from conformance.contract.selection import chosen, known_ids
    from conformance.waivers import load_waivers

    chosen(options.only, options.edition)
    if options.waivers is not None:
        load_waivers(options.waivers, known_ids(options.edition))
    if options.evidence_directory is not None:
        must_be_writable(options.evidence_directory / "evidence.json")


def check_all(
    targets: tuple[str, ...], options: Options, extras: _Extras, outputs: tuple[Output, ...], progress: Progress
) -> int:
    """Check every target, whatever becomes of the others; the exit code of the worst."""
    from conformance.cli import complain

    reports: list[Report] = []
    codes: list[int] = []
    notes = _controls(options, progress) if extras.controls else {}
    for target in targets:
        try:
            report, code = _check_one(target, options.kept_apart(target, targets), extras, notes, progress)
        except KitError as error:
            if len(targets) == 1:
                raise
            codes.append(complain(error))
            continue
        reports.append(report)
        codes.append(code)
    if reports:
        write_reports(outputs, reports)
    return worst_exit_code(codes)


def _check_one(
    target: str, options: Options, extras: _Extras, notes: Mapping[str, str], progress: Progress
) -> tuple[Report, int]:
    from conformance import campaign

    beside = None if options.configuration.source else configuration_beside(target)
    if beside is not None:
        options = replace(options, configuration=load_configuration(beside))
    report = campaign.check(target, options, progress).report
    report = replace(report, notes={**report.notes, **notes})
    if extras.write_waivers is not None:
        from conformance.waivers import draft_waivers

        write_text(extras.write_waivers, draft_waivers(report))
    if extras.certify is not None:
        from conformance.certification import certify

        if report.verdict == "conformant":
            write_text(extras.certify, certify(report, options.evidence_directory, key=extras.key))
            click.echo(f"The statement is in {extras.certify}, the evidence in {options.evidence_directory}.", err=True)
        else:
            click.echo(f"No statement is written: {target} is {report.verdict}.", err=True)
    return report, report.exit_code


def _controls(options: Options, progress: Progress) -> dict[str, str]:
    from conformance import campaign
    from conformance.controls import run_controls

    progress.note("checking the control images")
    return run_controls(options, lambda target, plain: campaign.check(target, plain, progress).report)

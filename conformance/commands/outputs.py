"""``--format`` and ``--output``: which report goes where, tried before anything runs.

An ``--output`` belongs to the ``--format`` before it; without one its suffix decides. A format without an output goes
to standard output, and if none does, the text report goes there.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.errors import UsageError
from conformance.report import Report
from conformance.reports import FORMATS, render

_SUFFIXES = {
    ".json": "json",
    ".xml": "junit",
    ".md": "markdown",
    ".html": "html",
    ".sarif": "sarif",
    ".svg": "badge",
    ".txt": "text",
}
_META = "conformance.outputs"


@dataclass(frozen=True)
class Output:
    """One report to write; ``path`` None is standard output."""

    format: str
    path: Path | None = None


class ReportingCommand(click.Command):
    """A command that remembers in which order ``--format`` and ``--output`` stood."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note the pairs, then parse as ever."""
        words = list(args)
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            ctx.meta[_META] = pair(words)
        return rest


Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def reporting_options(command: Decorated) -> Decorated:
    """``--format`` and ``--output``, repeatable as a pair."""
    command = click.option(
        "--output",
        "output",
        multiple=True,
        metavar="FILE",
        help="Where the report of the --format before it goes (“-”: standard output). Repeatable as a pair.",
    )(command)
    return click.option(
        "--format",
        "format_",
        multiple=True,
        type=click.Choice(FORMATS),
        help="How a report is written; text on standard output unless told otherwise.",
    )(command)


def pair(words: Sequence[str]) -> tuple[Output, ...]:
    """The outputs that these arguments ask for, the one for standard output last.

    Raises `UsageError` for two reports on standard output, one file for two reports, or an output whose format
    nothing tells.
    """
    outputs: list[Output] = []
    for name, value in _format_first(_occurrences(words)):
        if name == "--format":
            outputs.append(Output(value))
            continue
        path = None if value == "-" else Path(value)
        if outputs and outputs[-1].path is None and path is not None:
            outputs[-1] = Output(outputs[-1].format, path)
        elif path is not None:
            outputs.append(Output(_by_suffix(path), path))
    to_stdout = [output for output in outputs if output.path is None]
    if len(to_stdout) > 1:
        raise UsageError(
            f"Two reports cannot both go to standard output: {' and '.join(output.format for output in to_stdout)}.",
            "Give each --format but one an --output.",
        )
    files = [output for output in outputs if output.path is not None]
    paths = [output.path.resolve() for output in files if output.path]
    if doubled := next((path for path in paths if paths.count(path) > 1), None):
        raise UsageError(f"Two reports cannot both go to {doubled}.", "Give each an --output of its own.")
    return (*files, *(to_stdout or [Output("text")]))


def _occurrences(words: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for index, word in enumerate(words):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in {"--format", "--output"}:
            found.append((name, value if equals else (words[index + 1] if index + 1 < len(words) else "")))
    return found


def _format_first(said: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same pairs with the format first, for those who write every output before its format."""
    names = [name for name, _ in said]
    if names and names == ["--output", "--format"] * (len(names) // 2):
        return [said[index ^ 1] for index in range(len(said))]
    return said


def _by_suffix(path: Path) -> str:
    if path.suffix not in _SUFFIXES:
        raise UsageError(f"Nothing tells the format of {path}.", f"Put a --format before it: {', '.join(FORMATS)}.")
    return _SUFFIXES[path.suffix]


def wanted_outputs(ctx: click.Context) -> tuple[Output, ...]:
    """The outputs asked for, each tried: a report must not be lost after the work is done.

    Raises `UsageError` for one that cannot be written.
    """
    outputs: tuple[Output, ...] = ctx.meta[_META]
    for output in outputs:
        if output.path is not None:
            must_be_writable(output.path)
    return outputs


def must_be_writable(path: Path) -> None:
    """Try to write a file without changing what it holds. Raises `UsageError` if that is impossible."""
    existed = path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}", "Nothing was run; give another --output."
        ) from None


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing: under another name first, then renamed. Devices and pipes are written directly.

    Raises `UsageError` if that fails.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(data)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        Path(file.name).chmod(mode)
        Path(file.name).replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_reports(outputs: Sequence[Output], reports: Sequence[Report]) -> None:
    """Write every report where it belongs; the text one as wide as the terminal."""
    for output in outputs:
        if output.path is not None:
            write_text(output.path, render(output.format, reports, output.path))
        elif output.format == "text":
            from conformance.reports.text import render as text

            colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
            width = shutil.get_terminal_size((100, 24)).columns
            click.echo(text(reports, width=min(width, 140), colour=colour), nl=False, color=True)
        else:
            click.echo(render(output.format, reports), nl=False)

"""The command line: thin, quick to start, and the one place where errors become words and exit codes.

Commands live in `conformance.commands` and are imported when they are called, so that ``--help`` costs nothing.
Exit codes: 0 conformant, 1 non-conformant, 2 usage or configuration, 3 engine or kit failure or inconclusive,
4 nothing was tested; 130 and 143 after Ctrl-C and SIGTERM.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from conformance._version import __version__
from conformance.errors import KIT_FAILURE, USAGE, KitError

PROGRAM = "sdg-conformance"

COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": ("conformance.commands.check:check", "Check images, build folders or image archives."),
    "lint": ("conformance.commands.lint:lint", "Check a manifest (and Dockerfile) alone, without an engine."),
    "judge": ("conformance.commands.judge:judge", "Give the verdict on kept evidence again, without an engine."),
    "list": ("conformance.commands.catalogue:list_requirements", "List the requirements of the catalogue."),
    "explain": ("conformance.commands.catalogue:explain", "Explain one requirement: what, why, how to mend it."),
    "diff": ("conformance.commands.diff:diff", "Say what changed between two JSON reports, and why."),
    "verify": ("conformance.commands.verify:verify", "Verify a certification statement."),
    "schema": ("conformance.commands.schema:schema", "Print a JSON Schema: report, configuration, manifest, ..."),
    "mock-openai": ("conformance.mock_openai.command:mock_openai", "Run the mock OpenAI server by itself."),
    "init": ("conformance.commands.init:init", "Make a new container to start from."),
}
"""Every command: where it is and its one line of help, so that the list of commands imports none of them."""


class Terminated(BaseException):
    """SIGTERM came: unwind everything, as after Ctrl-C."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of their use, not of the alphabet."""
        del ctx
        return [name for name in COMMANDS if _is_there(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS or not _is_there(cmd_name):
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; an unknown one is an error that names the nearest."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            near = get_close_matches(name, COMMANDS, n=2, cutoff=0.65)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"There is no command “{name}”.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands and their one line of help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _is_there(name: str) -> bool:
    """Whether the kit has the command's module; found without importing it."""
    module = Path(__file__).parents[1].joinpath(*COMMANDS[name][0].partition(":")[0].split("."))
    return module.with_suffix(".py").is_file()


_HELP = """Conformance kit for Synthetic Data Generation (SDG) containers.

\b
sdg-conformance check some/image:tag      check an image
sdg-conformance check ./my_generator      build a folder and check it
sdg-conformance explain OUTPUT-004        what a requirement means and how to meet it
"""


@click.group(cls=LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """Everything that the kit does; see the commands."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, _terminate)
    _speak_utf8()
    code = KIT_FAILURE
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader went away; no second complaint
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        result = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt, Terminated) as error:  # noqa: BLE001 (a person never sees a traceback)
        return _exit_code(error)
    return result if isinstance(result, int) else 0


def _exit_code(error: BaseException) -> int:
    """What an error means for the exit code; says on stderr what it means for a person."""
    match error:
        case KitError():
            return complain(error)
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            error.show()
            return USAGE
        case click.Abort() | KeyboardInterrupt():
            click.echo("Interrupted; every container was ended.", err=True)
            return 128 + signal.SIGINT
        case Terminated():
            click.echo("Terminated; every container was ended.", err=True)
            return 128 + signal.SIGTERM
    return _own_fault(error)


def complain(error: KitError) -> int:
    """Say on stderr what happened and what to do next; the exit code."""
    from conformance.reports.escaping import visible

    click.echo(f"Error: {visible(error.message)}", err=True)
    if error.hint:
        click.echo(visible(error.hint), err=True)
    return error.exit_code


def _own_fault(error: BaseException) -> int:
    """The kit itself failed: say so, keep the traceback in a file, blame nobody else."""
    with tempfile.NamedTemporaryFile("w", prefix="sdg-conformance-failure-", suffix=".txt", delete=False) as file:
        file.write(f"{PROGRAM} {__version__}, Python {sys.version}\n{' '.join(sys.argv)}\n\n")
        file.write("".join(traceback.format_exception(error)))
    click.echo(f"Error: the kit failed, not the image: {type(error).__name__}: {error}", err=True)
    click.echo(f"The details are in {file.name}; please report them.", err=True)
    return KIT_FAILURE


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # one is enough; what follows is the clean-up
    raise Terminated


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]


if __name__ == "__main__":
    main()

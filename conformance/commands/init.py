"""``sdg-conformance init``: a new container to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

_HELP = """Make a new container in DIR, a folder that is empty or not there yet.

\b
simple     Python: varies labelled texts by simple rules
llm        Python: the same with a language model, all formats, reports
documents  Python: questions and answers from a pdf or a text
node       Node.js, without packages
shell      a shell script and jq
"""


@click.command(help=_HELP)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--template", type=click.Choice(("simple", "llm", "documents", "node", "shell")), default="simple",
    show_default=True, help="What to start from.",
)  # fmt: skip
@click.option("--name", help="The container's name in its manifest. Default: made of the folder's name.")
def init(folder: Path, template: str, name: str | None) -> int:
    """Make a new container to start from."""
    from conformance.templates import make

    made = make(folder, template, name)
    click.echo(f"Made the container “{made}” in {folder}, from the template “{template}”. Its README.md says more.\n")
    click.echo("Next:")
    click.echo(f"  docker build -t {made} {shlex.quote(str(folder))}")
    click.echo(f"  sdg-conformance check {shlex.quote(str(folder))}")
    return 0

"""``sdg-conformance diff``: what changed between two reports, and because of what."""

from __future__ import annotations

import json
from pathlib import Path

import click

from conformance.errors import CONFORMANT, NON_CONFORMANT

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("old", type=_FILE, metavar="OLD")
@click.argument("new", type=_FILE, metavar="NEW")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
def diff(old: Path, new: Path, format_: str) -> int:
    """Say what changed between two JSON reports: because of the image, the kit, or the edition.

    The exit code is 1 when something fails in NEW that did not fail in OLD.
    """
    from conformance.differences import as_document, as_text, compare_files

    differences = compare_files(old, new)
    if format_ == "json":
        click.echo(json.dumps([as_document(difference) for difference in differences], indent=2))
    else:
        click.echo("\n".join(as_text(difference) for difference in differences), nl=False)
    return NON_CONFORMANT if any(difference.worse for difference in differences) else CONFORMANT

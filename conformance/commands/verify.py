"""``sdg-conformance verify``: whether a certification statement holds, and if not, why."""

from __future__ import annotations

import re
from pathlib import Path

import click

from conformance.errors import CONFORMANT, NON_CONFORMANT, UsageError
from conformance.reports.escaping import visible

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("statement", type=_FILE, metavar="STATEMENT")
@click.option("--image", metavar="IMAGE", help="The image that it must be about: a digest (sha256:...) or a reference.")
@click.option("--key", type=_FILE, help="Whose signature it must have (Ed25519 public key, PEM).")
@click.option("--engine", metavar="URL", help="The engine to ask for a reference's digest.")
def verify(statement: Path, image: str | None, key: Path | None, engine: str | None) -> int:
    """Verify a certification statement. The exit code is 1, with the reasons, when it does not hold."""
    from conformance.certification import verify as verify_statement

    try:
        text = statement.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{statement} cannot be read: {error}") from None
    problems, content = verify_statement(text, digest=_digest(image, engine), public_key=key)
    if problems:
        click.echo(f"{statement} does not hold:")
        for problem in problems:
            click.echo(f"  - {visible(problem)}")
        return NON_CONFORMANT
    conformance = content["predicate"]["conformance"]
    subject = content["subject"][0]
    click.echo(
        visible(
            f"{statement} holds until {conformance['expires']}: {subject['name']} "
            f"(sha256:{subject['digest']['sha256']}) is {conformance['verdict']} by edition {conformance['edition']}, "
            f"profile {conformance['profile']}, kit {conformance['kit']}."
        )
    )
    if key is None:
        click.echo("It is not signed: nothing shows who wrote it.", err=True)
    if image is None:
        click.echo("It was not compared with an image (--image).", err=True)
    return CONFORMANT


def _digest(image: str | None, engine_url: str | None) -> str | None:
    if image is None or re.fullmatch(r"sha256:[0-9a-f]{64}", image):
        return image
    from docker.errors import ImageNotFound

    from conformance.engines.docker import DockerEngine, talking_to_the_engine

    engine = DockerEngine(engine_url)
    with talking_to_the_engine():
        try:
            return str(engine.client.images.get(image).id)
        except ImageNotFound:
            raise UsageError(f"The engine has no image “{image}”.", "Pull it, or give its digest: sha256:...") from None

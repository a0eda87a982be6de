"""``sdg-conformance schema``: the JSON Schemas of what the kit reads and writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

PACKAGE = Path(__file__).parents[1]
SCHEMAS = {
    "report": "reports/report.schema.json",
    "campaign": "reports/campaign.schema.json",
    "configuration": "configuration.schema.json",
    "manifest": "contract/schemas/manifest.schema.json",
    "result": "contract/schemas/result.schema.json",
    "generated-dataset": "contract/schemas/generated_dataset.schema.json",
}
"""Every published schema (draft 2020-12): its name, and its file below the package."""


_HELP = """Print a JSON Schema (draft 2020-12).

\b
report             the JSON report on one target
campaign           the JSON report on several targets
configuration      sdg-conformance.toml
manifest           /app/manifest.yaml of an image
result             the document that an image prints
generated-dataset  one entry of generated_datasets in it
"""


@click.command(help=_HELP)
@click.argument("name", type=click.Choice(tuple(SCHEMAS)), metavar="NAME")
def schema(name: str) -> int:
    """Print a JSON Schema."""
    click.echo(json.dumps(bundled(name), indent=2, ensure_ascii=False))
    return 0


def bundled(name: str) -> dict[str, Any]:
    """A schema that stands alone: the published schemas to which it refers are in its ``$defs``."""
    every = {other: json.loads((PACKAGE / file).read_text(encoding="utf-8")) for other, file in SCHEMAS.items()}
    document: dict[str, Any] = every[name]
    text = json.dumps(document)
    needed = {other: each for other, each in every.items() if other != name and f'"$ref": "{each["$id"]}"' in text}
    return {**document, "$defs": {**document.get("$defs", {}), **needed}} if needed else document

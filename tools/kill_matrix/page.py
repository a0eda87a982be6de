"""The matrix as one HTML file without scripts, made from its JSON document; escaped by the template engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATE = "matrix.html.j2"


def render(document: Mapping[str, Any]) -> str:
    """The page of a matrix (`kill_matrix.matrix.document`)."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    mutants: dict[str, list[Mapping[str, Any]]] = {}
    for entry in document["mutants"]:
        mutants.setdefault(entry["requirement"], []).append(entry)
    page = environment.get_template(TEMPLATE).render(document=document, mutants=mutants)
    return page.rstrip("\n") + "\n"

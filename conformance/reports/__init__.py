"""The report in the formats that people and machines read; each module turns reports into text and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.report import Report

FORMATS = ("text", "json", "junit", "markdown", "html", "sarif", "badge")
"""The names that ``--format`` takes; each is a module of this package."""


def render(format_name: str, reports: Sequence[Report], output: Path | None = None) -> str:
    """The reports in one format, ending in a newline.

    ``output`` is where the text will go: a badge for a ``.json`` file is the endpoint document of a badge service,
    any other badge is an SVG image.
    """
    if format_name == "badge" and output is not None and output.suffix == ".json":
        format_name = "badge_endpoint"
    modules = {"json": "json_document", "badge_endpoint": "badge"}
    module = import_module(f"conformance.reports.{modules.get(format_name, format_name)}")
    function = module.render_endpoint if format_name == "badge_endpoint" else module.render
    text: str = function(reports)
    return text

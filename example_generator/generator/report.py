"""The HTML report ``augmentation_report``: one page without scripts; all text from data is escaped."""

from __future__ import annotations

from html import escape
from typing import Any

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Augmentation report</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; margin-bottom: 2rem; }}
th, td {{ border-bottom: 1px solid #ccc; padding: .25rem 1.5rem .25rem 0; text-align: left; }}
td:last-child {{ font-variant-numeric: tabular-nums; }}
</style>
</head>
<body>
<h1>Augmentation report</h1>
<h2>Parameters</h2>
{parameters}
<h2>Quality</h2>
{quality}
</body>
</html>
"""


def html_report(parameters: dict[str, Any], quality: list[tuple[str, str, float]]) -> str:
    """The page for one run. It says nothing of time, so equal runs give equal bytes."""
    return _PAGE.format(
        parameters=_table(("Parameter", "Value"), [(name, str(value)) for name, value in parameters.items()]),
        quality=_table(("Metric", "Group", "Value"), [(m, group, f"{value:.6g}") for m, group, value in quality]),
    )


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    def line(tag: str, cells: tuple[str, ...]) -> str:
        return "<tr>" + "".join(f"<{tag}>{_safe(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>\n" + "\n".join([line("th", head), *(line("td", row) for row in rows)]) + "\n</table>"


def _safe(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode())

"""The verdict as a badge: an SVG image, or the endpoint document from which badge services draw one.

Of several targets the badge shows the worst verdict. A verdict from a part of the requirements says so: a badge must
not claim more than was tested.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from conformance.report import Report

_ORDER = ("non-conformant", "inconclusive", "conformant")
_COLOURS = {"conformant": "#2c7a3f", "non-conformant": "#c0392b", "inconclusive": "#8a6d1a"}
_LABEL = "SDG contract"
_CHARACTER = 6.6
"""Mean width of a character of the badge's font, in pixels."""


def _message(reports: Sequence[Report]) -> tuple[str, str]:
    worst = min(reports, key=lambda report: _ORDER.index(report.verdict))
    asides = [
        *([f"edition {worst.kit.edition}"] if worst.kit.edition else []),
        *([worst.profile] if worst.profile != "current" else []),
        *([worst.scope] if worst.scope != "full" else []),
        *(["partly"] if worst.selected else []),
    ]
    return f"{worst.verdict} ({', '.join(asides)})" if asides else worst.verdict, _COLOURS[worst.verdict]


def render_endpoint(reports: Sequence[Report]) -> str:
    """The endpoint document, schema version 1."""
    message, colour = _message(reports)
    return json.dumps({"schemaVersion": 1, "label": _LABEL, "message": message, "color": colour}) + "\n"


def render(reports: Sequence[Report]) -> str:
    """An SVG image that needs no font, script or network of its own."""
    message, colour = _message(reports)
    left, right = (round(len(text) * _CHARACTER) + 14 for text in (_LABEL, message))
    text = escape(f"{_LABEL}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{text}">\n'
        f"  <title>{text}</title>\n"
        f'  <clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>\n'
        f'  <g clip-path="url(#r)">\n'
        f'    <rect width="{left}" height="20" fill="#444"/>\n'
        f'    <rect x="{left}" width="{right}" height="20" fill="{colour}"/>\n'
        f"  </g>\n"
        f'  <g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">\n'
        f'    <text x="{left / 2}" y="14" textLength="{left - 14}">{escape(_LABEL)}</text>\n'
        f'    <text x="{left + right / 2}" y="14" textLength="{right - 14}">{escape(message)}</text>\n'
        f"  </g>\n"
        f"</svg>\n"
    )

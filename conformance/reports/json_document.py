"""The report as JSON (``report.schema.json``): ASCII only, so that no reader trips over what an image wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence

from conformance.report import Report, document


def render(reports: Sequence[Report]) -> str:
    """One report, or a campaign of several."""
    return json.dumps(document(reports), indent=2, ensure_ascii=True, allow_nan=False) + "\n"

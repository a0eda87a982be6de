"""sdg-conformance: the conformance kit for Synthetic Data Generation (SDG) containers.

One way, no way back::

    target -> manifest -> scenarios -> engine (+ mock OpenAI server) -> evidence -> checks -> verdict -> reports

A *target* is an image reference, a folder with a Dockerfile or an image archive (`conformance.target`). Its *manifest*
(`conformance.contract`) says which *scenarios* are worth a container run (`conformance.scenarios`), and every input of
those runs is made from it (`conformance.inputs`). An *engine* runs each scenario once, as the real host would
(`conformance.engines`, `conformance.runs`), with the mock OpenAI server in the place of every system
(`conformance.mock_openai`). What a run leaves behind is frozen as *evidence* (`conformance.evidence`), which can be
kept and judged again. *Checks* are pure functions from evidence and manifest to a judgement (`conformance.checks`), one
for each requirement of the catalogue, and never touch an engine, a file or the network. The *verdict* weighs them
(`conformance.verdict`), and every *report* is written from its one JSON form (`conformance.reports`).

Three outcomes stay apart: the image does not conform (a `Report`), something could not be judged (a reason in the
report), the kit or its engine failed (a `KitError`). Command line and pytest plugin are thin: both call `check`::

    import conformance

    checked = conformance.check("some/image:tag", conformance.Options(only=("OUTPUT-*",)))
    print(checked.report.verdict, [row.id for row in checked.report.with_status("fail")])

Names are imported when they are first used: `import conformance` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from conformance._version import __version__

if TYPE_CHECKING:
    from conformance.bench import Bench, on_the_bench
    from conformance.campaign import Checked, check
    from conformance.configuration import Configuration, load_configuration
    from conformance.contract.model import Manifest
    from conformance.errors import KitError
    from conformance.evidence import Evidence, Run
    from conformance.evidence_files import load_evidence, save_evidence
    from conformance.mock_openai import MockOpenAI
    from conformance.options import Options
    from conformance.report import Report, load_reports
    from conformance.reports import render

__all__ = [
    "Bench",
    "Checked",
    "Configuration",
    "Evidence",
    "KitError",
    "Manifest",
    "MockOpenAI",
    "Options",
    "Report",
    "Run",
    "__version__",
    "check",
    "load_configuration",
    "load_evidence",
    "load_reports",
    "on_the_bench",
    "render",
    "save_evidence",
]

_HOMES = {
    "Bench": "bench",
    "Checked": "campaign",
    "Configuration": "configuration",
    "Evidence": "evidence",
    "KitError": "errors",
    "Manifest": "contract.model",
    "MockOpenAI": "mock_openai",
    "Options": "options",
    "Report": "report",
    "Run": "evidence",
    "check": "campaign",
    "load_configuration": "configuration",
    "load_evidence": "evidence_files",
    "load_reports": "report",
    "on_the_bench": "bench",
    "render": "reports",
    "save_evidence": "evidence_files",
}
"""The module in which each public name lives."""


def __getattr__(name: str) -> Any:
    """A public name, from the module in which it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)

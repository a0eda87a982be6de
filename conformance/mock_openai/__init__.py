"""A deterministic mock of the OpenAI API, hostile on demand, and a witness of everything it was asked.

Usable alone: ``sdg-conformance mock-openai``, the pytest fixture ``mock_openai`` or::

    from conformance.mock_openai import MockOpenAI

    with MockOpenAI() as server:
        server.open("first", key="sk-first", faults=["429-retry-after*1"])
        client = OpenAI(base_url=server.base_url("first"), api_key="sk-first")

One server answers any number of scenarios at once, each in a space of its own (``/s/<scenario>/v1``; plain ``/v1`` is
the scenario ``default``). The k-th time a body comes to a space it gets the same bytes, in every space and every run.

Names are imported when first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.mock_openai.faults import FaultRule
    from conformance.mock_openai.ledger import Entry, Ledger, fingerprint
    from conformance.mock_openai.script import ScriptRule
    from conformance.mock_openai.server import MockOpenAI, PortInUseError

__all__ = ["Entry", "FaultRule", "Ledger", "MockOpenAI", "PortInUseError", "ScriptRule", "fingerprint"]

_HOME = {
    "Entry": "ledger",
    "FaultRule": "schedule",
    "Ledger": "ledger",
    "MockOpenAI": "server",
    "PortInUseError": "server",
    "ScriptRule": "script",
    "fingerprint": "ledger",
}


def __getattr__(name: str) -> Any:
    """Import a public name from the module where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)

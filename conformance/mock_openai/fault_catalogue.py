"""Every fault that the mock server can show: importing this module fills the registry.

Source of the list: what OpenAI's service and the gateways before it answer in bad hours, and what went unnoticed in
clients (a stream that ends early without an error, a body that is not JSON and comes with status 200).
"""

from __future__ import annotations

from conformance.mock_openai import fault_answers, fault_delivery, fault_refusals
from conformance.mock_openai.faults import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "fault_answers", "fault_delivery", "fault_refusals"]

"""The JSON that the host sends for a system (contract.md 2.4): by type, and without keys whose value is null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.contract.model import System
from conformance.inputs.plan import SystemPlan

PROVIDER = "openai"
"""The mock speaks this provider's language."""


def system_definition(  # noqa: PLR0917
    role: System,
    type: str,  # noqa: A002 - the manifest's word
    base_url: str,
    model: str,
    key: str,
    plan: SystemPlan | None = None,
) -> dict[str, Any]:
    """What the image is given for a role.

    ``type`` is the system's type in the manifest's words, ``base_url`` ends before ``/chat/completions`` and its like.
    The plan's ``omit`` takes keys away (with ``base_url`` and ``api_key`` also ``url`` and the authorisation header of
    a rest_api), ``extra`` adds or replaces some, ``trailing_slash`` ends the address with a slash.
    """
    plan = plan or SystemPlan(type=type)
    address = f"{base_url.rstrip('/')}/" if plan.trailing_slash else base_url
    common = {"type": type, "description": f"System for the role {role.name}", "provider": PROVIDER}
    definition = {**common, **_PARAMS.get(type, _language_model)(address, model, key), **plan.extra}
    for name in plan.omit:
        if name not in plan.extra:
            _omit(definition, name)
    return {name: value for name, value in definition.items() if value is not None}


def _language_model(base_url: str, model: str, key: str) -> dict[str, Any]:
    """llm_api, rag_api, embedding_api and the image APIs; also the best guess for types that nobody knows."""
    return {"base_url": base_url, "model": model, "api_key": key}


def _vision_model(base_url: str, model: str, key: str) -> dict[str, Any]:
    return {**_language_model(base_url, model, key), "supports_vision": True}


def _command_line_agent(base_url: str, model: str, key: str) -> dict[str, Any]:
    return {**_language_model(base_url, model, key), "provider": PROVIDER}


def _custom(base_url: str, _model: str, key: str) -> dict[str, Any]:
    return {"base_url": base_url, "api_key": key, "extra": {}}


def _rest(base_url: str, _model: str, key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return {"url": base_url, "base_url": base_url, "method": "POST", "headers": headers, "api_key": key}


_PARAMS: Mapping[str, Callable[[str, str, str], dict[str, Any]]] = {
    "vlm_api": _vision_model, "agent_cli": _command_line_agent, "custom": _custom, "rest_api": _rest,
}  # fmt: skip


def _omit(definition: dict[str, Any], name: str) -> None:
    definition.pop(name, None)
    if name == "base_url":
        definition.pop("url", None)
    if name == "api_key" and isinstance(headers := definition.get("headers"), dict):
        definition["headers"] = {header: value for header, value in headers.items() if header != "Authorization"}

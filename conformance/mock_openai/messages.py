"""Messages of a conversation: checked as OpenAI does, and boiled down to what the mock model needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.mock_openai import tokens
from conformance.mock_openai.errors import bad, missing

_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_PARTS = (
    "text",
    "image_url",
    "input_audio",
    "refusal",
    "file",
    "input_text",
    "output_text",
    "input_image",
    "input_file",
)


class Conversation:
    """What was said: the last user message, everything else, what it costs in tokens, and who spoke last."""

    def __init__(self) -> None:
        self.prompt = ""
        self.setting = ""
        self.tokens = 0
        self.last_role = ""

    def say(self, role: str, text: str, extra: int = 0) -> None:
        """Add one message; ``extra`` tokens are for images and other attachments."""
        self.tokens += tokens.count(text) + tokens.MESSAGE_OVERHEAD + extra
        self.last_role = role
        if role == "user":
            if self.prompt:
                self.setting += "\n" + self.prompt
            self.prompt = text
        elif role in ("system", "developer"):
            self.setting += "\n" + text


def read(messages: Any) -> Conversation:
    """The conversation of a chat completion; raises the 400 for what OpenAI would not take."""
    if messages is None:
        raise missing("messages")
    if not isinstance(messages, list):
        raise bad("Invalid type for 'messages': expected an array of objects.", "messages", "invalid_type")
    if not messages:
        raise bad(
            "Invalid 'messages': empty array. Expected an array with minimum length 1.", "messages", "empty_array"
        )
    conversation = Conversation()
    for at, message in enumerate(messages):
        place = f"messages[{at}]"
        if not isinstance(message, Mapping):
            raise bad(f"Invalid type for '{place}': expected an object.", place, "invalid_type")
        role = message.get("role")
        if role is None:
            raise missing(f"{place}.role")
        if role not in _ROLES:
            supported = ", ".join(f"'{name}'" for name in _ROLES)
            raise bad(f"Invalid value: '{role}'. Supported values are: {supported}.", f"{place}.role", "invalid_value")
        if role == "tool" and not message.get("tool_call_id"):
            raise missing(f"{place}.tool_call_id")
        conversation.say(role, *content(message, place, role))
    if not conversation.prompt:
        conversation.prompt = conversation.setting.strip()
    return conversation


def content(message: Mapping[str, Any], place: str, role: str) -> tuple[str, int]:
    """A message's text, and the tokens that its attachments cost."""
    value = message.get("content")
    if isinstance(value, str):
        return value, 0
    if value is None:
        if role == "assistant":
            return "", 0
        what = "got null" if "content" in message else "it is missing"
        raise bad(f"Invalid value for 'content': expected a string, {what}.", f"{place}.content", "invalid_type")
    if not isinstance(value, list):
        raise bad(
            f"Invalid type for '{place}.content': expected a string or an array.", f"{place}.content", "invalid_type"
        )
    texts, extra = [], 0
    for at, part in enumerate(value):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind not in _PARTS:
            supported = ", ".join(f"'{name}'" for name in _PARTS[:5])
            message_text = f"Invalid value: '{kind}'. Supported values are: {supported}."
            raise bad(message_text, f"{place}.content[{at}].type", "invalid_value")
        if kind in ("text", "input_text", "output_text", "refusal"):
            texts.append(_text(part, f"{place}.content[{at}]"))
        else:
            _check_attachment(part, str(kind), f"{place}.content[{at}]")
            extra += tokens.IMAGE_TOKENS
    return "\n".join(texts), extra


def _text(part: Mapping[str, Any], place: str) -> str:
    value = part.get("refusal") if part["type"] == "refusal" else part.get("text")
    if not isinstance(value, str):
        raise bad(f"Invalid type for '{place}.text': expected a string.", f"{place}.text", "invalid_type")
    return value


def _check_attachment(part: Mapping[str, Any], kind: str, place: str) -> None:
    value = part.get(kind if kind in ("image_url", "input_audio", "file") else "image_url")
    if kind == "image_url":
        url = value.get("url") if isinstance(value, Mapping) else None
        if not isinstance(url, str) or not url.startswith(("http://", "https://", "data:image/")):
            raise bad(
                "Invalid image URL: it must be an http(s) or a data:image URL.",
                f"{place}.image_url.url",
                "invalid_image_url",
            )
    elif kind in ("input_audio", "file") and not isinstance(value, Mapping):
        raise missing(f"{place}.{kind}")

"""``/v1/images/generations`` and ``/edits``: small real PNG files of the size that was asked for."""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64encode
from hashlib import sha256
from typing import Any

from conformance.mock_openai import tokens, wire
from conformance.mock_openai.answers import one_line
from conformance.mock_openai.call import Call, created, number
from conformance.mock_openai.errors import ApiError, bad, missing
from conformance.mock_openai.reply import Answer, Reply

_SIZE = re.compile(r"(\d{1,4})x(\d{1,4})")
_FILE = re.compile(r"/images/files/([0-9a-f]{16})-(\d{1,4})x(\d{1,4})\.png")
USUAL_SIZE = "1024x1024"
LARGEST = 4096


def generated(call: Call) -> Answer:
    """Images for a prompt."""
    if call.body.get("prompt") is None:
        raise missing("prompt")
    return _images(call, dict(call.body))


def edited(call: Call) -> Answer:
    """Images made from images: a form with ``image`` (or ``image[]``) and ``prompt``."""
    values: dict[str, Any] = {part.name: part.text for part in call.parts if not part.filename}
    if not any(part.name in ("image", "image[]") for part in call.parts):
        raise missing("image")
    if call.path.endswith("/edits") and not values.get("prompt"):
        raise missing("prompt")
    if "n" in values:
        if not str(values["n"]).isdigit():
            raise bad("Invalid type for 'n': expected an integer.", "n", "invalid_type")
        values["n"] = int(values["n"])
    return _images(call, values)


def _images(call: Call, values: dict[str, Any]) -> Answer:
    model = values.get("model")
    if model is not None:
        call.check_model(str(model))
    prompt = values.get("prompt") or ""
    if not isinstance(prompt, str):
        raise bad("Invalid type for 'prompt': expected a string.", "prompt", "invalid_type")
    count = number(values, "n", 1, 10, whole=True) or 1
    width, height = _size(values.get("size"))
    kind = values.get("response_format") or ("url" if str(model).startswith("dall-e") else "b64_json")
    if kind not in ("url", "b64_json"):
        raise bad("Invalid value for 'response_format': use 'url' or 'b64_json'.", "response_format", "invalid_value")
    drawn = call.dice()
    born = created(drawn)
    data = []
    for _ in range(count):
        name = drawn.hex(16)
        if kind == "url":
            item = {"url": f"{call.origin}/images/files/{name}-{width}x{height}.png"}
        else:
            item = {"b64_json": b64encode(png(name, width, height)).decode()}
        if str(model) == "dall-e-3":
            item["revised_prompt"] = one_line(f"A picture of: {prompt}")
        data.append(item)
    said = tokens.count(prompt)
    spent = count * 272
    usage = {
        "input_tokens": said,
        "input_tokens_details": {"text_tokens": said, "image_tokens": 0},
        "output_tokens": spent,
        "total_tokens": said + spent,
    }
    return Reply(wire.dumps({"created": born, "data": data, "usage": usage}))


def _size(value: Any) -> tuple[int, int]:
    text = USUAL_SIZE if value in (None, "auto") else str(value)
    found = _SIZE.fullmatch(text)
    if not found or not (0 < int(found[1]) <= LARGEST and 0 < int(found[2]) <= LARGEST):
        raise bad(f"Invalid value: '{text}'. A size is WIDTHxHEIGHT.", "size", "invalid_value")
    return int(found[1]), int(found[2])


def file(call: Call) -> Answer:
    """An image that an answer gave by URL."""
    found = _FILE.fullmatch(call.path)
    if not found or not (0 < int(found[2]) <= LARGEST and 0 < int(found[3]) <= LARGEST):
        raise ApiError(404, "There is no such image.", "not_found")
    return Reply(png(found[1], int(found[2]), int(found[3])), content_type="image/png")


def png(name: str, width: int, height: int) -> bytes:
    """A PNG of two colours with stripes, all of it taken from the name."""
    digest = sha256(name.encode()).digest()
    line = b"\0" + (digest[6:14] * (width // 64 + 1))[: (width + 7) // 8]
    other = b"\0" + (digest[14:22] * (width // 64 + 1))[: (width + 7) // 8]
    band = max(1, digest[22] // 4)
    rows = b"".join(other if at // band % 2 else line for at in range(height))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)),
            _chunk(b"PLTE", digest[:6]),
            _chunk(b"IDAT", zlib.compress(rows, 1)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

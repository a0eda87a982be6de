"""``/v1/audio``: transcriptions that depend on the file alone, and speech that is half a second of a tone."""

from __future__ import annotations

import math
import struct
from array import array
from typing import Any

from conformance.mock_openai import tokens, wire
from conformance.mock_openai.call import Call, number, required
from conformance.mock_openai.errors import bad, missing
from conformance.mock_openai.reply import Answer, Reply
from conformance.mock_openai.variation import vary

RATE = 24_000
_SAID = (
    "Thank you for calling, how can I help you today?", "The meeting starts at nine tomorrow morning.",
    "Please leave a message after the tone.", "The weather will be mild with some rain in the evening.",
    "We are now boarding all remaining passengers.", "Turn left at the next crossing and follow the road.",
)  # fmt: skip
_SUBTITLES = {"srt": ",", "vtt": "."}


def transcribed(call: Call) -> Answer:
    """What a recording says."""
    values = {part.name: part.text for part in call.parts if not part.filename}
    recording = next((part for part in call.parts if part.name == "file"), None)
    if recording is None:
        raise missing("file")
    if not values.get("model"):
        raise missing("model")
    call.check_model(values["model"])
    kind = values.get("response_format") or "json"
    if kind not in ("json", "text", "verbose_json", "srt", "vtt"):
        raise bad(f"Invalid value for 'response_format': '{kind}'.", "response_format", "invalid_value")
    drawn = call.dice()
    text = vary(drawn.pick(_SAID), drawn)
    seconds = max(1.0, round(len(recording.content) / 32_000, 2))
    if kind == "text":
        return Reply(f"{text}\n".encode(), content_type="text/plain; charset=utf-8")
    if kind in _SUBTITLES:
        mark = _SUBTITLES[kind]
        head = "WEBVTT\n\n" if kind == "vtt" else "1\n"
        cue = f"{head}00:00:00{mark}000 --> 00:00:{min(int(seconds), 59):02d}{mark}000\n{text}\n\n"
        return Reply(cue.encode(), content_type="text/plain; charset=utf-8")
    if kind == "verbose_json":
        return Reply(wire.dumps(_verbose(call, text, seconds)))
    usage = {"type": "duration", "seconds": math.ceil(seconds)}
    return Reply(wire.dumps({"text": text, "usage": usage}))


def _verbose(call: Call, text: str, seconds: float) -> dict[str, Any]:
    segment = {
        "id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": text, "tokens": list(range(tokens.count(text))),
        "temperature": 0.0, "avg_logprob": -0.25, "compression_ratio": 1.1, "no_speech_prob": 0.01,
    }  # fmt: skip
    task = "translate" if call.path.endswith("translations") else "transcribe"
    return {"task": task, "language": "english", "duration": seconds, "text": text, "segments": [segment]}


def spoken(call: Call) -> Answer:
    """A recording of a text (a tone): mp3, wav or pcm."""
    call.model()
    text = required(call.body, "input")
    if not isinstance(text, str) or not text:
        raise bad("Invalid 'input': expected a text that is not empty.", "input", "invalid_type")
    required(call.body, "voice")
    number(call.body, "speed", 0.25, 4)
    kind = call.body.get("response_format") or "mp3"
    makers = {"mp3": ("audio/mpeg", _mp3), "wav": ("audio/wav", _wav), "pcm": ("audio/pcm", _tone)}
    if kind not in makers:
        raise bad(f"The mock server speaks mp3, wav and pcm, not '{kind}'.", "response_format", "invalid_value")
    content_type, make = makers[kind]
    pitch = 200 + call.dice().below(400)
    return Reply(make(pitch), content_type=content_type)


def _tone(pitch: int) -> bytes:
    samples = array("h", (int(8000 * math.sin(2 * math.pi * pitch * at / RATE)) for at in range(RATE // 2)))
    return samples.tobytes()


def _wav(pitch: int) -> bytes:
    data = _tone(pitch)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE") + form + struct.pack("<4sI", b"data", len(data)) + data
    )


def _mp3(pitch: int) -> bytes:
    """Silent frames (MPEG 1 layer III, 128 kbit/s, 44.1 kHz, mono); how many depends on the pitch."""
    frame = b"\xff\xfb\x90\xc4" + bytes(413)
    return frame * (20 + pitch % 20)

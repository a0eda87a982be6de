"""Small pictures, sounds and clips that real libraries decode, made without an encoder on this machine.

Clips are Motion JPEG in an AVI container: every FFmpeg, OpenCV and torchcodec build reads it, and it can be written
with Pillow and `struct` alone. A video library would bring a hundred megabytes of codecs to say the same.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Sequence
from functools import lru_cache

DISTINCT = 64
"""After so many rows, pictures, sounds and clips repeat; making thousands would take longer than the run."""

WIDTH, HEIGHT = 48, 32
FRAMES, FRAMES_PER_SECOND = 8, 8
SAMPLES_PER_SECOND, SOUND_SECONDS = 16_000, 0.25


def image(number: int) -> tuple[str, bytes]:
    """A picture's name and bytes: PNG for even numbers, JPEG for odd ones."""
    return _image(number % DISTINCT)


def audio(number: int) -> tuple[str, bytes]:
    """A short tone's name and bytes: WAV, mono, 16 bits."""
    return _audio(number % DISTINCT)


def video(number: int) -> tuple[str, bytes]:
    """A one-second clip's name and bytes: Motion JPEG in AVI."""
    return _video(number % DISTINCT)


@lru_cache(maxsize=DISTINCT)
def _image(number: int) -> tuple[str, bytes]:
    form, suffix = ("PNG", "png") if number % 2 == 0 else ("JPEG", "jpg")
    return f"picture-{number + 1}.{suffix}", _picture(number, 0, form)


@lru_cache(maxsize=DISTINCT)
def _audio(number: int) -> tuple[str, bytes]:
    pitch = 220 + 20 * number
    steps = range(int(SAMPLES_PER_SECOND * SOUND_SECONDS))
    wave_form = [int(12_000 * math.sin(2 * math.pi * pitch * step / SAMPLES_PER_SECOND)) for step in steps]
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_PER_SECOND)
        file.writeframes(struct.pack(f"<{len(wave_form)}h", *wave_form))
    return f"tone-{number + 1}.wav", buffer.getvalue()


@lru_cache(maxsize=DISTINCT)
def _video(number: int) -> tuple[str, bytes]:
    frames = [_picture(number, frame, "JPEG") for frame in range(FRAMES)]
    return f"clip-{number + 1}.avi", motion_jpeg(frames, WIDTH, HEIGHT, FRAMES_PER_SECOND)


def _picture(number: int, frame: int, form: str) -> bytes:
    """A coloured square on a ground of another colour; it moves from frame to frame."""
    from PIL import Image, ImageDraw

    ground = ((number * 67 + 40) % 256, (number * 29 + 90) % 256, (number * 11 + 150) % 256)
    square = (255 - ground[0], 255 - ground[1], 255 - ground[2])
    picture = Image.new("RGB", (WIDTH, HEIGHT), ground)
    left = (number + 4 * frame) % (WIDTH - 12)
    ImageDraw.Draw(picture).rectangle((left, 10, left + 10, 20), fill=square)
    buffer = io.BytesIO()
    picture.save(buffer, form)
    return buffer.getvalue()


def motion_jpeg(frames: Sequence[bytes], width: int, height: int, rate: int) -> bytes:
    """An AVI file of JPEG pictures, ``rate`` per second (the RIFF layout: headers, pictures, index)."""
    largest = max(map(len, frames))
    main = struct.pack(
        "<14I", 1_000_000 // rate, largest * rate, 0, 0x10, len(frames), 0, 1, largest, width, height, 0, 0, 0, 0
    )
    stream = struct.pack(
        "<4s4sIHHIIIIIIII4H", b"vids", b"MJPG", 0, 0, 0, 0, 1, rate, 0, len(frames), largest, 10_000, 0,
        0, 0, width, height,
    )  # fmt: skip
    bitmap = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0)
    headers = _list(b"hdrl", _chunk(b"avih", main), _list(b"strl", _chunk(b"strh", stream), _chunk(b"strf", bitmap)))
    chunks = [_chunk(b"00dc", frame) for frame in frames]
    index, offset = b"", 4
    for frame, chunk in zip(frames, chunks, strict=True):
        index += struct.pack("<4sIII", b"00dc", 0x10, offset, len(frame))
        offset += len(chunk)
    body = b"AVI " + headers + _list(b"movi", *chunks) + _chunk(b"idx1", index)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name: bytes, *parts: bytes) -> bytes:
    return _chunk(b"LIST", name + b"".join(parts))

"""Whether the bytes of an image, an audio clip or a video are one that a library would decode.

Images are decoded with Pillow, within a limit of pixels. Audio and video are told from their containers' headers; the
kit has no codecs, so a clip with a good header and damaged frames is not found.
"""

from __future__ import annotations

import struct
import warnings
from io import BytesIO

PIXEL_LIMIT = 50_000_000
"""Larger images are only checked for their structure, not decoded."""


def media_problem(kind: str, data: bytes) -> str:
    """Why the bytes are not a decodable Image, Audio or Video; empty if they are."""
    if not data:
        return "has no bytes"
    if kind == "Image":
        return image_problem(data)
    return audio_problem(data) if kind == "Audio" else video_problem(data)


def image_problem(data: bytes) -> str:
    """Why Pillow does not decode the bytes."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data)) as image:
                if image.width * image.height > PIXEL_LIMIT:
                    image.verify()
                else:
                    image.load()
    except Exception as error:  # noqa: BLE001 - Pillow's plugins raise anything for hostile bytes
        reason = "they are no image format that it knows" if "cannot identify" in str(error) else str(error)
        return f"has bytes that Pillow does not decode ({reason[:120]})"
    return ""


def audio_problem(data: bytes) -> str:
    """Why the bytes are no WAV, MP3, FLAC, Ogg, AIFF, M4A or WebM audio."""
    if data[:4] in {b"RIFF", b"RF64"} and data[8:12] == b"WAVE":
        return _wave_problem(data)
    known = (
        data.startswith((b"fLaC", b"OggS", b"ID3", b"FORM", b"\x1a\x45\xdf\xa3", b".snd", b"caff", b"#!AMR"))
        or data[4:8] == b"ftyp"
        or _is_mpeg_frame(data)
    )
    return "" if known else "has bytes that are no known audio format"


def video_problem(data: bytes) -> str:
    """Why the bytes are no MP4/MOV, AVI, WebM/Matroska, Ogg, MPEG, FLV or GIF."""
    boxes = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
    known = (
        data[4:8] in boxes
        or (data[:4] == b"RIFF" and data[8:12] == b"AVI ")
        or data.startswith((b"\x1a\x45\xdf\xa3", b"OggS", b"\0\0\x01\xba", b"\0\0\x01\xb3", b"FLV", b"GIF8"))
        or (data[:1] == b"G" and data[188:189] == b"G")
    )
    return "" if known else "has bytes that are no known video container"


def _is_mpeg_frame(data: bytes) -> bool:
    return len(data) >= 4 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[2] & 0xF0 != 0xF0


def _wave_problem(data: bytes) -> str:
    """Whether a WAV file has a format chunk and the whole of the samples that it announces."""
    position, has_format = 12, False
    while position + 8 <= len(data):
        name, size = data[position : position + 4], struct.unpack_from("<I", data, position + 4)[0]
        has_format = has_format or name == b"fmt "
        if name == b"data":
            open_ended = size in {0, 0xFFFFFFFF, 0x7FFFFFFF}
            if not has_format:
                return "is a WAV file without a format"
            short = not open_ended and position + 8 + size > len(data)
            return "is a WAV file that ends before its samples do" if short else ""
        position += 8 + size + (size & 1)
    return "is a WAV file without samples"

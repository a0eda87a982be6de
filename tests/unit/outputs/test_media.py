"""Media that decode, and media that do not."""

import base64
import io
import wave

import pytest
from PIL import Image

from conformance.contract.model import Feature
from conformance.outputs.media import media_problem
from conformance.outputs.values import fit


def png(width=3):
    stream = io.BytesIO()
    Image.new("RGB", (width, width), "red").save(stream, "PNG")
    return stream.getvalue()


def wav():
    stream = io.BytesIO()
    with wave.open(stream, "wb") as clip:
        clip.setnchannels(1)
        clip.setsampwidth(2)
        clip.setframerate(8000)
        clip.writeframes(b"\0\0" * 800)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "data"), [("Image", png()), ("Audio", wav()), ("Audio", b"OggS\0\0"), ("Video", b"\0\0\0\x18ftypisom")]
)
def test_media_that_libraries_read_have_no_problem(kind, data):
    assert media_problem(kind, data) == ""


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("Image", b""),
        ("Image", b"not an image"),
        ("Image", png(200)[:100]),
        ("Audio", wav()[:500]),
        ("Audio", b"text"),
        ("Video", b"text"),
    ],
)
def test_media_that_no_library_reads_have_one(kind, data):
    assert media_problem(kind, data)


def test_a_value_names_its_file_or_carries_its_bytes():
    image = Feature("", kind="Image")
    files = {"a.png": png()}.get
    assert fit({"bytes": None, "path": "a.png"}, image, "typed", files)[1] == ""
    assert fit({"bytes": png(), "path": None}, image, "typed")[1] == ""
    assert fit(base64.b64encode(png()).decode(), image, "json")[1] == ""
    assert fit({"bytes": None, "path": "/tmp/a.png"}, image, "typed", files)[1] == (
        "an Image has no bytes, and its path '/tmp/a.png' leads to no file below /output"
    )
    assert fit({"bytes": None, "path": None}, image, "typed")[1] == "an Image has neither bytes nor a path"

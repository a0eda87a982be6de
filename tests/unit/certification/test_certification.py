"""A statement holds for one image and a time, and every way in which it may not is told."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from builders import Row, finding, report
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance.certification import TERM, certify, verify, why_not
from conformance.errors import KitError, UsageError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture
def public_key(key, tmp_path):
    path = tmp_path / "public.pem"
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    public = private.public_key()
    path.write_bytes(public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return path


def problems(text, *, digest=DIGEST, now=NOW, **options):
    return verify(text, digest=digest, now=now, **options)[0]


def edited(text, old, new):
    envelope = json.loads(text)
    envelope["payload"] = base64.b64encode(base64.b64decode(envelope["payload"]).replace(old, new)).decode()
    return json.dumps(envelope)


def test_the_statement_is_a_test_result_about_the_images_digest():
    rows = (Row("OUTPUT-001"), Row("ERROR-001", "SHOULD"))
    statement = json.loads(certify(report(*rows, findings={"ERROR-001": [finding()]}), now=NOW))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "example:1", "digest": {"sha256": "ab" * 32}}]
    assert statement["predicate"]["result"] == "PASSED"
    assert statement["predicate"]["passedTests"] == ["OUTPUT-001"]
    assert statement["predicate"]["warnedTests"] == ["ERROR-001"]
    assert statement["predicate"]["conformance"]["edition"] == "1"


def test_a_statement_holds_for_its_image_until_it_expires():
    text = certify(report(), now=NOW)
    assert problems(text) == []
    assert problems(text, now=NOW + TERM) == ["it expired on 2027-01-01T00:00:00+00:00"]
    assert problems(text, now=NOW + TERM - timedelta(seconds=1)) == []


def test_a_statement_about_another_image_does_not_hold():
    other = "sha256:" + "cd" * 32
    assert problems(certify(report(), now=NOW), digest=other) == [f"it is about another image: {DIGEST}, not {other}"]


def test_an_edited_statement_does_not_hold():
    text = certify(report(), now=NOW).replace("ab" * 32, "cd" * 32)
    assert problems(text, digest="sha256:" + "cd" * 32) == ["it was edited: its checksum does not match"]


def test_a_signed_statement_holds_with_its_key(key, public_key):
    text = certify(report(), key=key, now=NOW)
    assert problems(text, public_key=public_key) == []
    assert json.loads(text)["payloadType"] == "application/vnd.in-toto+json"


def test_an_edited_signed_statement_does_not_hold(key, public_key):
    text = edited(certify(report(), key=key, now=NOW), b"2027-01-01", b"2099-01-01")
    assert problems(text, public_key=public_key) == [
        "it was edited, or signed with another key: the signature does not match",
        "it was edited: its checksum does not match",
    ]


def test_a_signed_statement_without_a_key_to_verify_it_does_not_hold(key):
    assert problems(certify(report(), key=key, now=NOW)) == [
        "it is signed, but no key was given to verify the signature with (--key)"
    ]


def test_an_unsigned_statement_does_not_hold_where_a_signature_is_demanded(public_key):
    assert problems(certify(report(), now=NOW), public_key=public_key) == [
        "it is not signed, so nothing shows who wrote it"
    ]


def test_a_damaged_statement_is_told_as_such():
    statement = json.loads(certify(report(), now=NOW))
    del statement["predicate"]["conformance"]["expires"]
    assert problems(json.dumps(statement))[-1] == "it was edited or is damaged: KeyError: 'expires'"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"payload": "*"}', '{"payload": "e30=", "signatures": []}'])
def test_what_is_no_statement_is_a_usage_error(text):
    with pytest.raises(UsageError):
        verify(text)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (report(findings={"OUTPUT-001": [finding()]}), "the image is non-conformant"),
        (report(scope="quick"), "it does not speak of the whole contract"),
        (report(selected=("OUTPUT-*",)), "it does not speak of the whole contract"),
    ],
)
def test_what_is_not_whole_and_conformant_is_not_certified(made, reason):
    assert why_not(made) == reason
    with pytest.raises(KitError, match=reason):
        certify(made)


def test_a_key_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "key.pem"
    path.write_text("-----BEGIN NOTHING-----")
    with pytest.raises(UsageError, match="is not a private key"):
        certify(report(), key=path)

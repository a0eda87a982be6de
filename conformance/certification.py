"""Certification: a statement in in-toto's test-result format that binds a verdict to an image's digest.

The statement says what was tested (the kit's version, the catalogue's edition, the profile), what came out, and until
when it holds. With a key it is signed: a DSSE envelope with an Ed25519 signature. Without one, its own checksum shows
damage, but not forgery, and verification says so.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.errors import KitError, UsageError
from conformance.report import Report, document

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
TERM = timedelta(days=365)
"""How long a statement holds: kits and editions move on."""

_CHECKSUM = "checksum"


def certify(
    report: Report, evidence_directory: Path | None = None, *, key: Path | None = None, now: datetime | None = None
) -> str:
    """The statement on a conformant report, as JSON text; signed if a key is given.

    Raises `KitError` for a report that must not be certified (`why_not`) and `UsageError` for a wrong key.
    """
    if reason := why_not(report):
        raise KitError(f"This report cannot be certified: {reason}.")
    statement = _statement(report, evidence_directory, now or datetime.now(UTC))
    if key is None:
        return json.dumps(statement, indent=2) + "\n"
    payload = json.dumps(statement, sort_keys=True).encode()
    private = load_private_key(key)
    signature = private.sign(_pre_authentication(payload))
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": _key_id(private.public_key()), "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(envelope, indent=2) + "\n"


def why_not(report: Report) -> str:
    """Why a report must not be certified; empty if nothing is in the way."""
    if report.verdict != "conformant":
        return f"the image is {report.verdict}"
    if report.scope != "full" or report.selected:
        return "it does not speak of the whole contract"
    if report.with_status("waived"):
        return "it has waivers"
    if not report.target.digest.startswith("sha256:"):
        return "the image's digest is not known"
    return ""


def _statement(report: Report, evidence_directory: Path | None, now: datetime) -> dict[str, Any]:
    evidence = evidence_directory / "evidence.json" if evidence_directory else None
    report_text = json.dumps(document([report]), sort_keys=True)
    configuration = [{"name": "report", "digest": {"sha256": hashlib.sha256(report_text.encode()).hexdigest()}}]
    if evidence is not None and evidence.is_file():
        digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
        configuration.append({"name": evidence.name, "digest": {"sha256": digest}})
    statement: dict[str, Any] = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": report.target.reference, "digest": {"sha256": report.target.digest.partition(":")[2]}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": "PASSED",
            "configuration": configuration,
            "passedTests": [row.id for row in report.with_status("pass")],
            "warnedTests": [row.id for row in report.with_status("fail")],
            "failedTests": [],
            "conformance": {
                "kit": report.kit.version,
                "edition": report.kit.edition,
                "profile": report.profile,
                "strict": report.strict,
                "verdict": report.verdict,
                "notTested": [row.id for row in report.with_status("not-tested")],
                "controls": report.notes.get("controls", ""),
                "issued": now.isoformat(timespec="seconds"),
                "expires": (now + TERM).isoformat(timespec="seconds"),
            },
        },
    }
    statement["predicate"]["conformance"][_CHECKSUM] = _checksum(statement)
    return statement


def _checksum(statement: Mapping[str, Any]) -> str:
    """The hash of the statement without the hash itself."""
    predicate = dict(statement["predicate"])
    predicate["conformance"] = {key: value for key, value in predicate["conformance"].items() if key != _CHECKSUM}
    return hashlib.sha256(json.dumps({**statement, "predicate": predicate}, sort_keys=True).encode()).hexdigest()


def verify(
    text: str, *, digest: str | None = None, public_key: Path | None = None, now: datetime | None = None
) -> tuple[list[str], dict[str, Any]]:
    """Why a statement does not hold, every reason in a sentence (none: it holds), and the statement.

    ``digest`` is the image's (``sha256:...``), ``public_key`` whose signature is demanded. Raises `UsageError` when
    the text is no statement at all.
    """
    content = _json(text)
    problems: list[str] = []
    if "payload" in content:
        statement, problem = _opened(content, public_key)
        problems += [problem] if problem else []
    else:
        statement = content
        if public_key is not None:
            problems.append("it is not signed, so nothing shows who wrote it")
    try:
        problems += _problems(statement, digest, now or datetime.now(UTC))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        problems.append(f"it was edited or is damaged: {type(error).__name__}: {error}")
    return problems, statement


def _json(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"This is not a statement: {error}") from None
    if not isinstance(content, dict) or not ({"payload", "_type"} & set(content)):
        raise UsageError("This is not an in-toto statement.", "Give a file written with check --certify.")
    return content


def _opened(envelope: Mapping[str, Any], public_key: Path | None) -> tuple[dict[str, Any], str]:
    """The statement in an envelope, and what is wrong with its signature."""
    try:
        payload = base64.b64decode(envelope["payload"], validate=True)
        statement = _json(payload.decode("utf-8"))
        signatures = [base64.b64decode(one["sig"], validate=True) for one in envelope["signatures"]]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"The envelope is damaged: {error}") from None
    if public_key is None:
        return statement, "it is signed, but no key was given to verify the signature with (--key)"
    if envelope.get("payloadType") != PAYLOAD_TYPE:
        return statement, f"its payload is a {envelope.get('payloadType')}"
    from cryptography.exceptions import InvalidSignature

    key = load_public_key(public_key)
    for signature in signatures:
        try:
            key.verify(signature, _pre_authentication(payload))
        except InvalidSignature:
            continue
        return statement, ""
    return statement, "it was edited, or signed with another key: the signature does not match"


def _problems(statement: Mapping[str, Any], digest: str | None, now: datetime) -> list[str]:
    problems = []
    conformance = statement["predicate"]["conformance"]
    if statement["_type"] != STATEMENT_TYPE or statement["predicateType"] != PREDICATE_TYPE:
        problems.append("it is not a test-result statement")
    if conformance[_CHECKSUM] != _checksum(statement):
        problems.append("it was edited: its checksum does not match")
    subject = f"sha256:{statement['subject'][0]['digest']['sha256']}"
    if digest is not None and subject != digest:
        problems.append(f"it is about another image: {subject}, not {digest}")
    if datetime.fromisoformat(conformance["expires"]) <= now:
        problems.append(f"it expired on {conformance['expires']}")
    if statement["predicate"]["result"] != "PASSED" or conformance["verdict"] != "conformant":
        problems.append(f"its result is {statement['predicate']['result']} ({conformance['verdict']})")
    return problems


def _pre_authentication(payload: bytes) -> bytes:
    """What DSSE signs: type and payload, each with its length."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def load_private_key(path: Path) -> Any:
    """The Ed25519 private key in a PEM file. Raises `UsageError` if it is none."""
    serialization, ed25519 = _cryptography()
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"{path} is not a private key: {error}", "Make one: openssl genpkey -algorithm ed25519"
        ) from None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise UsageError(f"{path} is not an Ed25519 key.", "Make one: openssl genpkey -algorithm ed25519")
    return key


def load_public_key(path: Path) -> Any:
    """The Ed25519 public key in a PEM file, of a private key its public half. Raises `UsageError` if it is none."""
    serialization, ed25519 = _cryptography()
    try:
        data = path.read_bytes()
        if b"PRIVATE KEY" in data:
            return load_private_key(path).public_key()
        key = serialization.load_pem_public_key(data)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is not a public key: {error}", "Make it: openssl pkey -in KEY -pubout") from None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise UsageError(f"{path} is not an Ed25519 key.")
    return key


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise UsageError("Signatures need the extra “sign”.", "pip install 'sdg-conformance[sign]'") from None
    return serialization, ed25519


def _key_id(public: Any) -> str:
    serialization, _ = _cryptography()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()

"""Checks of what an image is before it runs: IMAGE-001 to -006 and the secrets baked into it (SECURITY-008).

How an image behaves beats how it looks: an entrypoint of an unusual form is no finding when a run shows that the
arguments arrive. Secrets are never quoted, only named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from conformance.checks import STATIC, check
from conformance.checks.common import how_it_ended, quote
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, ImageFacts, Run
from conformance.findings import Finding, Judgement, NotTested

SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh", "busybox")

ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "arm64/v8": "arm64",
    "armv7l": "arm",
    "armhf": "arm",
    "i386": "386",
    "i686": "386",
}
"""Other names of processor architectures, and the one that images use."""

_USES_ARGUMENTS = re.compile(r"\$(?:[@*1-9#]|\{[@*1-9#])|\bshift\b|\bgetopts\b")

CONTRACT_FOLDERS = ("/app", "/input", "/output")


@check("IMAGE-001", STATIC, "baseline")
def entrypoint(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The entrypoint is there and not a shell that drops arguments; a run whose arguments arrived settles it."""
    del manifest
    if not evidence.image.entrypoint:
        message = (
            "The image has no ENTRYPOINT, so the host's arguments replace CMD and are executed as a program; "
            "expected an ENTRYPOINT in exec form."
        )
        return [Finding(message, location="ENTRYPOINT")]
    loss, certain = _lost_arguments(evidence.image.entrypoint)
    baseline = evidence.run("baseline")
    if not loss or (not certain and baseline is not None and _arguments_arrived(baseline)):
        return []
    message = f"The ENTRYPOINT is a shell command {loss}; expected exec form, or a command that passes on “$@”."
    return [Finding(message, location="ENTRYPOINT")]


def _arguments_arrived(run: Run) -> bool:
    """Whether a run shows that the program read its arguments: it succeeded, though it was told what to do by them."""
    return run.status == "done" and run.claims_success and "--generation-params" in run.arguments


def _lost_arguments(entrypoint_: tuple[str, ...]) -> tuple[str, bool]:
    """How a shell entrypoint loses arguments (empty: it does not seem to), and whether that is certain."""
    words = _without_wrappers(entrypoint_)
    if not words or PurePosixPath(words[0]).name not in SHELLS:
        return "", False
    words = words[2:] if PurePosixPath(words[0]).name == "busybox" else words[1:]
    for index, word in enumerate(words):
        if not word.startswith("-"):
            return "", False  # a script file: it gets the arguments
        if "c" in word.lstrip("-") and not word.startswith("--") and index + 1 < len(words):
            return _lost_by_script(words[index + 1], has_name=index + 2 < len(words))
    return "", False


def _lost_by_script(script: str, *, has_name: bool) -> tuple[str, bool]:
    """The same for the text after ``-c``; ``has_name`` says that a word for ``$0`` follows it."""
    shown = f"(“{script[:120]}”)"
    if not _USES_ARGUMENTS.search(script):
        return f"{shown} that drops the host's arguments", not re.search(r"\$|(?:^|[\s;&])(?:\.|source)\s", script)
    if not has_name and not re.search(r"\$\{?0", script):
        return f"{shown} whose $0 swallows the host's first argument (put another word after the command)", False
    return "", False


def _without_wrappers(entrypoint_: tuple[str, ...]) -> tuple[str, ...]:
    """The entrypoint without an init program or ``env`` in front of it."""
    words = list(entrypoint_)
    while words and PurePosixPath(words[0]).name in ("tini", "dumb-init", "catatonit", "env"):
        words.pop(0)
        while words and (words[0].startswith("-") or re.match(r"\w+=", words[0])):
            words.pop(0)
    return tuple(words)


@check("IMAGE-002", STATIC)
def manifest_file(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The manifest was copied out of a created container as a regular file."""
    del manifest
    kind = evidence.image.manifest_kind
    observed = {
        "file": "",
        "missing": "there is no such file",
        "directory": "it is a directory",
        "symlink": "it is a symbolic link, and the host copies the link, not what it points to",
        "too-large": "it is larger than any host or kit reads",
    }.get(kind, "it is neither a file nor a folder")
    if not observed:
        return []
    return [Finding(f"/app/manifest.yaml: {observed}; expected a regular file.", location="/app/manifest.yaml")]


@check("IMAGE-003", STATIC)
def cat_is_there(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The image was run with cat as its entrypoint, as the Kubernetes host does to read the manifest."""
    del manifest
    if evidence.image.cat_works is None:
        return NotTested("cat was not tried in this image")
    if evidence.image.cat_works:
        return []
    return [
        Finding("cat /app/manifest.yaml does not print the manifest in this image; expected it to.", location="PATH")
    ]


@check("IMAGE-004", STATIC)
def platform(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The image's operating system is Linux and its architecture the engine's, under any of their names."""
    del manifest
    image = evidence.image
    findings = []
    if image.os.lower() not in ("", "linux"):
        findings.append(Finding(f"The image is made for {image.os}; expected linux.", location="platform"))
    made, host = architecture(image.architecture), architecture(image.host_architecture)
    if made and host and made != host:
        message = f"The image is made for {made}, the machine that runs it is {host}; expected the same."
        findings.append(Finding(message, location="platform"))
    if not findings and not (made and host):
        return NotTested("the engine does not say which architecture it or the image has")
    return findings


def architecture(name: str) -> str:
    """The name that images use for a processor architecture."""
    lowered = name.strip().lower()
    return ARCHITECTURES.get(lowered, lowered)


@check("IMAGE-005", STATIC)
def no_volumes(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The configuration has no VOLUME on the contract's folders or below, and no HEALTHCHECK."""
    del manifest
    findings = [
        Finding(f"The image declares VOLUME {volume}; expected none on or below {folder}.", location=f"VOLUME {volume}")
        for volume in sorted(evidence.image.volumes)
        if (folder := _contract_folder(volume))
    ]
    if evidence.image.healthcheck:
        message = "The image declares a HEALTHCHECK, which no host asks; expected none."
        findings.append(Finding(message, location="HEALTHCHECK"))
    return findings


def _contract_folder(volume: str) -> str:
    path = PurePosixPath("/", volume)
    return next((folder for folder in CONTRACT_FOLDERS if path.is_relative_to(folder)), "")


@check("IMAGE-006", "read-only-root")
def leaves_its_own_folder_alone(evidence: Evidence, manifest: Manifest) -> Judgement:
    """What the image writes below /app is not needed.

    No host changes the working directory, so an entrypoint that is relative to the image's own WORKDIR is fine.
    """
    del manifest
    read_only = evidence.run("read-only-root")
    if read_only is None:
        return NotTested(evidence.skipped.get("read-only-root", "no run with a read-only root was made"))
    written = _written_in_app(evidence)
    if _succeeded(read_only) or not written:
        return []
    message = f"It writes {quote(written, 100)} and fails where it cannot: {how_it_ended(read_only)}"
    return [Finding(f"{message}; expected /app to be left alone.", read_only.scenario, quote(written, 100))]


def _succeeded(run: Run) -> bool:
    return run.status == "done" and run.claims_success


def _written_in_app(evidence: Evidence) -> str:
    """A path below /app, or below the image's working directory, that the baseline added or changed."""
    baseline = evidence.run("baseline")
    folders = [PurePosixPath(folder) for folder in ("/app", evidence.image.working_directory) if len(folder) > 1]
    for change in baseline.rootfs_changes if baseline is not None else ():
        path = PurePosixPath(change[2:])
        if change.startswith(("A ", "C ")) and any(folder in path.parents for folder in folders):
            return str(path)
    return ""


def runs_as_root(user: str) -> bool:
    """Whether the image's USER is root: ``0``, ``root``, either with a group, or nothing at all."""
    return user.partition(":")[0].strip() in ("", "0", "root")


# ------------------------------------------------------------------ secrets

_SECRET_NAME = re.compile(
    r"(?:api_?key|access_?key(?:_id)?|secret(?:_key|_access_key)?|private_?key|token|password|passwd|_pwd|credentials?)$",
    re.IGNORECASE,
)
_PUBLIC_NAMES = {"gpg_key", "gpg_keys", "public_key", "max_token", "pad_token", "eos_token", "bos_token", "unk_token"}
"""Names that look like secrets and are not: the signing key of Python's releases, words of tokenizers."""

_PLACEHOLDER = re.compile(
    r"|none|null|nil|empty|unset|true|false|0|1|x+|\*+|\.+|-+|your.*|my.?(?:api.?)?(?:key|token|secret|password)|change.?me|replace.*|example.*|sample.*|"
    r"dummy.*|fake.*|test|placeholder.*|to.?do|tbd|insert.*|not.?(?:needed|used|set|required)|no.?key.*|key|secret|token|"
    r"password|sk-?|sk-(?:x+|your.*|none|no-?key.*|dummy.*|fake.*|test|placeholder.*|\.+|1234|0+)|<.*>|\$\{?\w+\}?|/.*|file:.*",
    re.IGNORECASE,
)
"""Values that stand for a secret to come, or say where it is."""

_SECRET_VALUES: Mapping[str, re.Pattern[str]] = {
    "an OpenAI key": re.compile(r"\bsk-(?:proj-|ant-|or-|svcacct-)?[A-Za-z0-9_-]{20,}"),
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{20,}"),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})"),
    "a GitLab token": re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a Google API key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z ]+ )?PRIVATE KEY-----"),
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:(?!\*|\$|<|x+@)[^/\s:@]{4,}@"),
}


@check("SECURITY-008", STATIC)
def no_baked_in_secrets(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Variables and labels are searched by name and by the look of their values; layers were searched with them."""
    del manifest
    return list(_secret_findings(evidence.image))


def _secret_findings(image: ImageFacts) -> Iterator[Finding]:
    for kind, values in (("ENV", image.environment), ("LABEL", image.labels)):
        for name, value in sorted(values.items()):
            if reason := secret_reason(name, value):
                message = f"{kind} {name} holds {reason}, {len(value)} characters; expected no secret in the image."
                yield Finding(message, location=f"{kind} {name}")
    yield from _history_findings(image)
    for masked in image.secrets:
        yield Finding(f"The image's layers hold a secret: {masked}; expected none.", location="layers")


_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(\S+)")
_SETTING = re.compile(r"^(?:/bin/sh -c #\(nop\)\s*)?(?:ENV|ARG|\|\d+)\s")
"""How the history writes variables: ENV and ARG instructions, and ``|2 NAME=value`` for the arguments of a build."""


def _history_findings(image: ImageFacts) -> Iterator[Finding]:
    """Secrets in the commands that made the layers: they stay there when a later layer removes them."""
    named = set()
    for command in image.history:
        setting = _SETTING.match(command)
        for name, value in _ASSIGNMENT.findall(command) if setting else ():
            if name not in image.environment and name not in named and (reason := secret_reason(name, value)):
                named.add(name)
                message = f"The image's history sets {name} to {reason}; expected no secret in the image."
                yield Finding(message, location=f"history: {name}")
        if not setting and (reason := secret_reason("", command)):
            message = f"A command in the image's history holds {reason}; expected no secret in the image."
            yield Finding(message, location="history")


def secret_reason(name: str, value: str) -> str:
    """Why a variable or label looks like a secret, in a few words that do not give it away; empty if it does not."""
    for what, pattern in _SECRET_VALUES.items():
        if (found := pattern.search(value)) and not _PLACEHOLDER.fullmatch(found.group()):
            return f"what looks like {what}"
    plain = re.sub(r"[.\-/]", "_", name).lower()
    if plain in _PUBLIC_NAMES or not _SECRET_NAME.search(plain) or _PLACEHOLDER.fullmatch(value.strip()):
        return ""
    return "a value under the name of a secret" if len(value.strip()) >= 6 and not _is_number(value) else ""


def _is_number(value: str) -> bool:
    return value.strip().isdecimal() and len(value.strip()) < 12

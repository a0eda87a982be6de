"""Secrets in the files of an image's layers, by their look; what is found is named and masked, never quoted.

A false alarm is worse than a miss here: only the files of the image's own program and of its users' homes are searched
(what package managers install holds examples and test keys by the hundred), and only for what has the unmistakable
form of a credential. In files that hold settings (``.env`` and the like) a value under the name of a secret counts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from conformance.checks.image import secret_reason
from conformance.engines.layers import LayerFile

MOST_FINDINGS = 20
SHOWN_PATH = 160

_SKIPPED_TOP = re.compile(
    r"(?:bin|boot|dev|lib|lib32|lib64|libx32|media|mnt|proc|run|sbin|sys|tmp/pip.*|snap"
    r"|usr/(?!src|app|home|local)[^/]+|usr/local/(?:bin|sbin|lib|lib64|libexec|share|include|etc|man|games)"
    r"|var/(?:lib|cache|log|spool|mail|backups|lock|run|tmp)|etc/(?:ssl|ca-certificates|pki|apt|ssh|alternatives|X11)"
    r"|opt/(?:conda|miniconda3?|venv|yarn.*|nodejs?)|root/\.(?:cache|npm|cargo|rustup)|nix)"
)
_SKIPPED_FOLDERS = frozenset({
    "site-packages", "dist-packages", "node_modules", "__pycache__", "test", "tests", "testing", "testdata", "fixtures",
    "doc", "docs", "example", "examples", "samples", "vendor", ".git", ".tox", ".cache", "venv", ".venv", "locale",
})  # fmt: skip
_SKIPPED_NAMES = re.compile(
    r".*\.(?:pyc|so|a|o|png|jpe?g|gif|ico|pdf|gz|zip|whl|parquet|arrow|bin|safetensors|pt|onnx|woff2?|ttf|crt|cer|pub)"
    r"|.*\.lock|.*lock\.json|.*\.(?:example|sample|template|dist)|.*\.min\.js|(?:test_.*|.*_test|conftest)\.py|\.wh\..*",
    re.IGNORECASE,
)
_SETTINGS = re.compile(
    r"\.env(?:\..+)?|.+\.env|\.netrc|\.pypirc|\.npmrc|\.pgpass|credentials(?:\..+)?|secrets?\.(?:ya?ml|json|toml|ini)",
    re.IGNORECASE,
)
_CREDENTIALS = {
    "an OpenAI key": re.compile(r"(?<![\w-])sk-(?:proj-|ant-[a-z0-9]+-|or-v1-|svcacct-)?[A-Za-z0-9_-]{20,200}"),
    "a Hugging Face token": re.compile(r"(?<![\w-])hf_[A-Za-z0-9]{30,64}(?!\w)"),
    "an AWS access key": re.compile(r"(?<!\w)(?:AKIA|ASIA)[A-Z2-7]{16}(?!\w)"),
    "a GitHub token": re.compile(r"(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
    "a GitLab token": re.compile(r"(?<![\w-])glpat-[A-Za-z0-9_-]{20,}"),
    "a Slack token": re.compile(r"(?<![\w-])xox[abprs]-[0-9]{8,}-[A-Za-z0-9-]{10,}"),
    "a Google API key": re.compile(r"(?<![\w-])AIza[A-Za-z0-9_-]{35}(?![\w-])"),
    "a private key": re.compile(
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+(?:[A-Za-z-]+: [^\n]*\n|\s)*(?:[A-Za-z0-9+/=]{60,76}\s+){3}"
    ),
}
_EXAMPLE = re.compile(r"example|sample|dummy|fake|placeholder|your|test|xxxx|abcdef|012345|123456|sdgc", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"""^\s*(?:export\s+)?["']?([A-Za-z_][\w.-]*)["']?\s*[=:]\s*["']?([^\s"',#]+)""", re.MULTILINE)


def wanted(path: str, is_folder: bool) -> bool:
    """Whether a file, or what is below a folder, is searched."""
    name = path.rpartition("/")[2]
    if is_folder:
        return name.lower() not in _SKIPPED_FOLDERS and not _SKIPPED_TOP.fullmatch(path)
    return not _SKIPPED_NAMES.fullmatch(name)


def find_layer_secrets(files: Iterable[LayerFile]) -> tuple[str, ...]:
    """``/app/.env: an OpenAI key (sk-..., 51 characters)`` for every secret, each file and kind once."""
    found: dict[str, None] = {}
    for file in files:
        if b"\0" not in file.data[:8192]:
            found |= dict.fromkeys(_secrets_in(file))
        if len(found) >= MOST_FINDINGS:
            break
    return tuple(found)[:MOST_FINDINGS]


def _secrets_in(file: LayerFile) -> list[str]:
    text = file.data.decode("utf-8", "replace")
    place = f"/{file.path[:SHOWN_PATH]}"
    found = []
    for what, pattern in _CREDENTIALS.items():
        value = next((one.group() for one in pattern.finditer(text) if _is_random(what, one.group())), "")
        if value:
            found.append(f"{place}: {what} ({value[:3].rstrip()}..., {len(value)} characters)")
    if not found and _SETTINGS.fullmatch(file.path.rpartition("/")[2]):
        named = [name for name, value in _ASSIGNMENT.findall(text) if secret_reason(name, value)]
        found += [f"{place}: a value under the name {name[:60]}" for name in named[:3]]
    return found


def _is_random(what: str, value: str) -> bool:
    """Whether a value looks drawn by lot: words joined by hyphens, examples and repetitions do not."""
    if what == "a private key":
        return True
    if _EXAMPLE.search(value) or len(set(value)) < 12:
        return False
    kinds = (str.isdigit, str.islower, str.isupper)
    return sum(any(kind(character) for character in value[3:]) for kind in kinds) >= (2 if value[:4].isupper() else 3)

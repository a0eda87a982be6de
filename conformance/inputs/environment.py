"""Values for the variables that an image declares, and canaries that betray a leaked secret.

Canaries differ from run to run and are the same for the same seed. They can be recognised by their start alone:
``sdgc-`` for values, ``sk-sdgc-`` for keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from conformance.contract.model import Manifest
from conformance.inputs.words import has_word, snake_case

CANARY_START = "sdgc-"
KEY_START = "sk-sdgc-"
HOST_VARIABLES = ("INPUT_MOUNT_PATH", "OUTPUT_MOUNT_PATH", "HOST_OUTPUT_PATH", "API_KEY")
"""Variables that the host sets by itself; a declaration of them changes nothing."""

_SECRET = "key|token|secret|password|passwd|credential|credentials|auth|pat|api_key"  # noqa: S105 - words, no secret
_NUMBER = "max|min|maximum|minimum|num|number|count|limit|budget|size|per"
"""Words of a name that make its value a number: MAX_TOKENS holds no token."""
_KNOWN: Mapping[str, str] = {
    "HOME": "/tmp", "TMPDIR": "/tmp", "HF_HOME": "/tmp/hf", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC",  # noqa: S108
    "PYTHONUNBUFFERED": "1", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1",
}  # fmt: skip
_BY_NAME: tuple[tuple[str, str], ...] = (
    ("port", "8080"),
    ("log_level|level|verbosity", "INFO"),
    ("debug|enabled|enable|disable|disabled|verbose|offline|use", "0"),
    ("seed|count|size|limit|max|min|num|retries|timeout|seconds|workers|threads|concurrency", "2"),
    ("path|dir|directory|folder|cache|home", "/tmp"),  # noqa: S108
    ("language|locale|lang", "en"),
    ("model|deployment|engine", "gpt-4o-mini"),
    ("provider", "openai"),
    ("format", "json"),
)


def canary(scenario: str, what: str, seed: int = 0) -> str:
    """A value that nobody else uses: ``sdgc-<what>-<12 hex>``, another one for every scenario, purpose and seed."""
    return f"{CANARY_START}{snake_case(what).strip('_').replace('_', '-') or 'value'}-{_digest(scenario, what, seed)}"


def key_canary(scenario: str, what: str, seed: int = 0) -> str:
    """A canary that looks like an API key."""
    return f"{KEY_START}{_digest(scenario, 'key of ' + what, seed)}"


def is_secret(name: str) -> bool:
    """Whether a variable of that name holds a secret."""
    return has_word(name, _SECRET) and not has_word(name, _NUMBER)


def variable_values(manifest: Manifest, scenario: str, base_url: str = "", seed: int = 0) -> dict[str, str]:
    """A value for every declared variable that the host does not set by itself.

    Secrets and whatever has no guessable form get canaries; addresses get ``base_url`` (the mock server), so that
    nothing leads out of the run.
    """
    return {
        variable.name: variable_value(variable.name, scenario, base_url, seed)
        for variable in manifest.environment
        if variable.name not in HOST_VARIABLES
    }


def variables(manifest: Manifest, seed: int = 0) -> dict[str, str]:
    """Values for the declared variables that all runs of a target share."""
    return variable_values(manifest, "every run", seed=seed)


def variable_value(name: str, scenario: str, base_url: str = "", seed: int = 0) -> str:
    """A plausible value for one variable."""
    if name in _KNOWN:
        return _KNOWN[name]
    if is_secret(name):
        return key_canary(scenario, name, seed)
    if has_word(name, "url|uri|endpoint|host|base|server|proxy"):
        return base_url or "http://127.0.0.1:9/v1"
    return next((value for words, value in _BY_NAME if has_word(name, words)), canary(scenario, name, seed))


def canaries_in(values: Mapping[str, str | None]) -> tuple[str, ...]:
    """Those of the values that are canaries: what must appear nowhere in an image's output."""
    return tuple(value for value in values.values() if value and value.startswith((CANARY_START, KEY_START)))


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:12]

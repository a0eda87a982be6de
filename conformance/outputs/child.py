"""The process that opens what an image wrote: ``python -m conformance.outputs.child``, a request on stdin.

A request has ``entries`` to read, a ``folder`` with ``secrets`` to search for, or both.

It limits itself before it reads anything: address space, processor time, size of written files, no core dump. One line
of JSON on stdout for each entry when it begins and when it is done, so that whoever started it knows at which entry it
died. Nothing else reaches stdout, whatever a library prints.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from conformance.contract.model import Feature
from conformance.outputs.examine import Entry, examine


def main() -> None:
    """Answer the request on stdin."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    limit_this_process(request["limits"])
    for number, entry in enumerate(request.get("entries", ())):
        _say(answers, {"begin": number})
        try:
            facts = examine(entry_from_json(entry))
        except ImportError as error:
            _say(answers, {"broken": f"{type(error).__name__}: {error}"})
            return
        _say(answers, {"done": number, "facts": dataclasses.asdict(facts)})
    if "secrets" in request:
        from conformance.outputs.secret_places import find_secrets

        _say(answers, {"found": find_secrets(Path(request["folder"]), request["secrets"])})


def limit_this_process(limits: Mapping[str, int]) -> None:
    """Set what this process may use: ``memory`` and ``file`` in bytes, ``cpu`` in seconds."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file"], limits["file"]))


def entry_from_json(plain: Mapping[str, Any]) -> Entry:
    """An entry as the parent wrote it."""
    features = [feature_from_json(feature) for feature in plain["features"]]
    named = {feature.name: feature for feature in features}
    paths = {"host": Path(plain["host"]), "output": Path(plain["output"])}
    return Entry(**{**plain, **paths, "features": named})


def feature_from_json(plain: Mapping[str, Any]) -> Feature:
    """A declared feature as the parent wrote it, `dataclasses.asdict` turned back."""
    element = plain["element"]
    return Feature(
        **{
            **plain,
            "element": feature_from_json(element) if element else None,
            "fields": tuple(feature_from_json(field) for field in plain["fields"]),
            "names": tuple(plain["names"]),
        }
    )


def _say(answers: IO[str], answer: Mapping[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()

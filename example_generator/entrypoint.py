"""Entry point of the container: run one job, print one result document, exit 0 or 1.

Whatever happens, the host finds one JSON document on stdout, with ``success`` and, on failure, ``error``. The work
is in ``generator/run.py``; what it generates is in ``generator/augment.py`` and ``generator/llm.py``.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import time
import warnings
from collections.abc import Sequence

from generator import result
from generator.errors import GeneratorError, StoppedError
from generator.request import read_request, secrets_of
from generator.run import generate

STOPPED = 143
"""The exit code after SIGTERM (128 + 15), as shells have it."""


def main(arguments: Sequence[str]) -> int:
    """Run one job; the exit code is 0 exactly when the document says success."""
    started = time.monotonic()
    _prepare_process()
    code, request = 1, None
    try:
        request = read_request(arguments)
        document = generate(request, started, before_commit=_ignore_sigterm)
        code = 0
    except StoppedError:
        code, error = STOPPED, "stopped by SIGTERM before the work was done; nothing was written"
    except GeneratorError as problem:
        error = str(problem)
    except Exception as problem:  # noqa: BLE001 - the host reads a result document, never a traceback
        error = f"unexpected {type(problem).__name__}: {problem}"
    _ignore_sigterm()
    if code:
        seconds = round(time.monotonic() - started, 3)
        known = {"augmentation_type": request.augmentation_type} if request else {}
        document = result.failure(error, {**known, "execution_time_seconds": seconds})
    result.print_document(document, secrets_of(arguments))
    return code


def _prepare_process() -> None:
    """Stop on SIGTERM (process 1 would ignore it), keep libraries off stderr, let everyone read the output."""
    signal.signal(signal.SIGTERM, _stop)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    os.umask(0o022)


def _stop(*_: object) -> None:
    _ignore_sigterm()
    raise StoppedError


def _ignore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    gc.freeze()  # the interpreter's last collection of garbage would take longer than a small job
    sys.exit(exit_code)

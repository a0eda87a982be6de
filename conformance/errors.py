"""The errors that a person sees: what happened, what to do next, and the exit code that says whose fault it is.

Anything that is not a `KitError` and reaches the command line is a fault of the kit itself.
"""

from __future__ import annotations

CONFORMANT, NON_CONFORMANT, USAGE, KIT_FAILURE, NOTHING_TESTED = 0, 1, 2, 3, 4
"""The exit codes of the command line; 3 also stands for an inconclusive verdict."""


class KitError(Exception):
    """The kit cannot go on. ``message`` says what happened and where, ``hint`` what to do next."""

    exit_code = KIT_FAILURE

    def __init__(self, message: str, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        """The message and, on a line of its own, the hint."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(KitError):
    """What was asked for makes no sense: an unknown option, requirement, file or format."""

    exit_code = USAGE


class ConfigurationError(KitError):
    """A configuration or waiver file is wrong; the message names the file and the line."""

    exit_code = USAGE


class EngineFailure(KitError):  # noqa: N818 (the kit's word for the third outcome)
    """No container engine answers, or it died; the image is not to blame."""

    exit_code = KIT_FAILURE


class NothingTested(KitError):  # noqa: N818 (an outcome, not a mistake)
    """The selection left nothing to test; that is never a success."""

    exit_code = NOTHING_TESTED

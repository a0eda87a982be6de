"""Faults in how and when an answer is delivered.

Every docstring says what a well-behaved client does.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.mock_openai.faults import FaultRule, named

FOREVER = 365 * 86_400.0
"""Seconds; nobody waits so long."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds before the first byte, between the parts of a body, and after its first half."""

    first: float = 0.0
    between: float = 0.0
    middle: float = 0.0


@named("latency", "delay")
def latency(rule: FaultRule) -> Delay:
    """The first byte comes late (2 seconds, or ``seconds``).

    A well-behaved client waits, and works on other rows meanwhile.
    """
    return Delay(first=rule.amount(2))


@named("slow-stream", "delay")
def slow_stream(rule: FaultRule) -> Delay:
    """The body comes in small parts with pauses between them (0.2 seconds, or ``seconds``).

    A well-behaved client waits as long as something comes, within a limit for the whole.
    """
    return Delay(between=rule.amount(0.2))


@named("stall", "delay")
def stall(rule: FaultRule) -> Delay:
    """No byte ever comes; the connection stays open.

    A well-behaved client has a read timeout, tries again a bounded number of times and ends with a clear error.
    """
    return Delay(first=rule.amount(FOREVER))


@named("stall-mid-body", "delay")
def stall_in_body(rule: FaultRule) -> Delay:
    """Half of the body comes, then nothing more; the connection stays open.

    A well-behaved client has a read timeout for this too, and does not use the half.
    """
    return Delay(middle=rule.amount(FOREVER))


@named("refused", "deliver")
def refused(_rule: FaultRule) -> str:
    """Nobody listens: the base URL leads to a port that refuses connections.

    A well-behaved client tries again a bounded number of times and ends with an error that names the address.
    (The space's base URL is another one then; a request that comes all the same is reset at once.)
    """
    return "reset-at-once"


@named("drop", "deliver")
def dropped(_rule: FaultRule) -> str:
    """The connection is closed before a byte of the answer.

    A well-behaved client tries again a bounded number of times, and loses no row.
    """
    return "drop"


@named("reset", "deliver")
def reset(_rule: FaultRule) -> str:
    """The connection is reset (TCP RST) in the middle of the body.

    A well-behaved client tries again a bounded number of times and does not use the half.
    """
    return "reset"


@named("short-body", "deliver")
def short_body(_rule: FaultRule) -> str:
    """The body is shorter than its ``Content-Length`` says, then the connection is closed.

    A well-behaved client notices, tries again and does not use the half.
    """
    return "short-body"


@named("garbage-status", "deliver")
def garbage_status(_rule: FaultRule) -> str:
    """What comes is no HTTP: the status line is garbage.

    A well-behaved client ends this request with an error and no traceback.
    """
    return "garbage-status"


@named("stream-cut", "deliver")
def cut_stream(_rule: FaultRule) -> str:
    """A stream that breaks off: the connection is closed in the middle, without the last chunk.

    A well-behaved client notices the error and does not take what came for a whole answer.
    """
    return "cut"


@named("hold", "hold")
def hold(_rule: FaultRule) -> None:
    """The request is held until ``release`` is called; then it is answered as if nothing had been.

    A well-behaved client waits. (For holding a container in mid-run.)
    """

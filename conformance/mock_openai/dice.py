"""Choices made from a digest: no clock, no global random state, the same on every machine and Python version."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b, sha256
from typing import TypeVar

T = TypeVar("T")


def seed(digest: bytes, turn: int) -> bytes:
    """The seed (64 bytes) of the answer to the ``turn``-th time (from 0) that a body with this digest comes."""
    # Long enough for the usual answer's choices, so that nothing has to be hashed again for them.
    return blake2b(digest + turn.to_bytes(8, "big")).digest()


class Dice:
    """A stream of choices that depends on its seed alone.

    ``base`` is the seed of the body's first answer and ``turn`` says the how many-th answer this is: who must be
    different from turn to turn for certain (not only probably) counts on from a place that ``base`` fixes.
    """

    __slots__ = ("_left", "_pool", "_seed", "base", "turn")

    def __init__(self, start: bytes, base: bytes | None = None, turn: int = 0):
        self._seed = start
        self._pool = int.from_bytes(start, "big")
        self._left = len(start) * 8
        self.base = start if base is None else base
        self.turn = turn

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit`` - 1."""
        bits = limit.bit_length() + 16
        if bits > self._left:
            self._seed = b"".join(sha256(self._seed + bytes([n])).digest() for n in range(1 + bits // 256))
            self._pool = int.from_bytes(self._seed, "big")
            self._left = len(self._seed) * 8
        self._left -= bits
        self._pool, piece = self._pool >> bits, self._pool & ((1 << bits) - 1)
        return piece % limit

    def between(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def hex(self, length: int) -> str:
        """So many hexadecimal digits."""
        return "%0*x" % (length, self.below(1 << (4 * length)))  # noqa: UP031  twice as fast as an f-string

    def child(self, label: str) -> Dice:
        """Dice of their own for a part of the answer, so that parts do not depend on each other's length."""
        name = label.encode("utf-8", "replace")
        start = sha256(self.base + self.turn.to_bytes(8, "big") + name).digest()
        return Dice(start, sha256(self.base + name).digest(), self.turn)

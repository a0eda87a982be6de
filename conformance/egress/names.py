"""The few parts of the DNS protocol that a server needs which answers everything alike (RFC 1035, section 4).

Questions come from an image: whatever they are, parsing ends and never raises.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

HEADER_BYTES = 12
MOST_LABELS = 127
TIME_TO_LIVE = 60
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 65: "HTTPS"}
"""The kinds of records that clients ask for; others are written as their number."""
_RESPONSE, _RECURSION_DESIRED, _RECURSION_AVAILABLE = 0x8000, 0x0100, 0x0080


@dataclass(frozen=True, slots=True)
class Question:
    """What one datagram asks for. ``end`` is where the question ends in the datagram."""

    name: str
    type: str
    end: int


def parse_question(datagram: bytes) -> Question | None:
    """The first question of a query; None where the datagram is none."""
    if len(datagram) < HEADER_BYTES:
        return None
    flags, questions = struct.unpack_from("!HH", datagram, 2)
    if flags & _RESPONSE or not questions:
        return None
    labels: list[str] = []
    position = HEADER_BYTES
    while len(labels) <= MOST_LABELS and position < len(datagram):
        length = datagram[position]
        if length == 0:
            return _with_type(datagram, ".".join(labels), position + 1)
        if length > 63 or position + 1 + length > len(datagram):
            return None
        labels.append(datagram[position + 1 : position + 1 + length].decode("ascii", "backslashreplace"))
        position += 1 + length
    return None


def _with_type(datagram: bytes, name: str, position: int) -> Question | None:
    if position + 4 > len(datagram):
        return None
    (kind,) = struct.unpack_from("!H", datagram, position)
    return Question(name.lower(), TYPES.get(kind, str(kind)), position + 4)


def answer(datagram: bytes, question: Question, address: str) -> bytes:
    """The response: ``address`` for a question of type A, no record for every other one, and never an error."""
    (flags,) = struct.unpack_from("!H", datagram, 2)
    flags = _RESPONSE | _RECURSION_AVAILABLE | (flags & _RECURSION_DESIRED)
    records = b""
    if question.type == "A":
        records = struct.pack("!HHHIH", 0xC00C, 1, 1, TIME_TO_LIVE, 4) + socket.inet_aton(address)
    header = datagram[:2] + struct.pack("!HHHHH", flags, 1, 1 if records else 0, 0, 0)
    return header + datagram[HEADER_BYTES : question.end] + records


def query(name: str, identifier: int = 1) -> bytes:
    """A question for the IPv4 address of a name, as a client sends it."""
    encoded = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return struct.pack("!HHHHHH", identifier, _RECURSION_DESIRED, 1, 0, 0, 0) + encoded + b"\0" + b"\0\1\0\1"

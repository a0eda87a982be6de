"""The name server's part of DNS, and what greetings of connections say."""

import socket
import ssl
import struct

import pytest

from conformance.egress.greetings import describe, server_name
from conformance.egress.names import answer, parse_question, query


def test_a_question_for_an_address_is_understood():
    question = parse_question(query("Telemetry.Example.com"))
    assert question is not None
    assert (question.name, question.type) == ("telemetry.example.com", "A")


def test_an_answer_gives_the_address_and_repeats_the_question():
    asked = query("example.com", identifier=0x1234)
    question = parse_question(asked)
    assert question is not None
    said = answer(asked, question, "172.20.0.1")
    assert said[:2] == b"\x12\x34"
    assert struct.unpack("!HH", said[4:8]) == (1, 1)
    assert said.endswith(socket.inet_aton("172.20.0.1"))


def test_a_question_for_another_type_gets_no_record_and_no_error():
    asked = query("example.com")[:-4] + struct.pack("!HH", 28, 1)
    question = parse_question(asked)
    assert question is not None
    assert question.type == "AAAA"
    said = answer(asked, question, "172.20.0.1")
    assert struct.unpack("!HHH", said[2:8]) == (0x8180, 1, 0)


@pytest.mark.parametrize(
    "datagram",
    [
        b"", b"\0" * 12, query("a.b")[:-5], query("a.b")[:-1], query("a.b")[:14],
        b"\0\1\x80\0\0\1\0\0\0\0\0\0\0\0\1\0\1",
        b"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1",
        b"\0\1\1\0\0\1\0\0\0\0\0\0" + b"\1a" * 200,
    ],
    ids=["empty", "no question", "no end", "half a class", "half a label", "a response", "a pointer", "endless"],
)  # fmt: skip
def test_what_is_no_question_is_ignored(datagram):
    assert parse_question(datagram) is None


def test_a_name_of_odd_bytes_is_kept_as_visible_text():
    odd = query("xx.com").replace(b"xx", b"\xff\n")
    question = parse_question(odd)
    assert question is not None
    assert question.name == "\\xff\n.com"


def client_hello(name: str) -> bytes:
    """What a real TLS client sends first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_the_server_name_of_a_tls_client_is_read():
    assert describe(client_hello("huggingface.co")) == {"protocol": "tls", "host": "huggingface.co"}


def test_half_a_greeting_has_no_name():
    whole = client_hello("huggingface.co")
    assert all(server_name(whole[:length]) in ("", "huggingface.co") for length in range(len(whole)))
    assert server_name(whole[:20]) == ""


def test_an_http_request_is_told_without_its_query():
    sent = b"GET /collect?key=secret HTTP/1.1\r\nAccept: */*\r\nHost: stats.example.com\r\n\r\n"
    assert describe(sent) == {"protocol": "http", "host": "stats.example.com", "request": "GET /collect"}


@pytest.mark.parametrize("sent", [b"EHLO me\r\n", b"\xff\xfe\0", b"GET /\r\n", b"a b c\r\n\r\n"])
def test_other_bytes_are_another_protocol(sent):
    assert describe(sent) == {"protocol": "other", "host": ""}


def test_a_silent_connection_has_no_protocol():
    assert describe(b"") == {"protocol": ""}

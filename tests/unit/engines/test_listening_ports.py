"""Listening sockets from the kernel's tables: the format, and a real socket of another network namespace's process."""

import os
import socket

from conformance.engines import ports
from conformance.engines.ports import PortWatch, parse_listening

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:C001 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0100007F:A000 0100007F:1F40 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
"""
TABLE_6 = """\
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A
   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A
   2: 0000000000000000FFFF00000100007F:0052 00000000000000000000000000000000:0000 0A
"""


def test_listening_sockets_are_told_from_connections():
    assert parse_listening(TABLE) == {("0.0.0.0", 8000), ("127.0.0.1", 49153)}


def test_addresses_of_version_6_are_read_and_mapped_ones_are_those_of_version_4():
    assert parse_listening(TABLE_6) == {("::", 80), ("::1", 81), ("127.0.0.1", 82)}


def test_a_table_without_rows_has_none():
    assert parse_listening("") == set()
    assert parse_listening("  sl  local_address\n\n  0:\n") == set()


def test_the_kits_own_network_is_never_taken_for_the_containers():
    with socket.create_server(("127.0.0.1", 0)):
        assert PortWatch(os.getpid()).stop() is None


def test_a_process_that_is_gone_is_not_seen():
    assert PortWatch(2**22 + 1).stop() is None


def process(folder, number, namespace, table=TABLE):
    place = folder / number
    (place / "ns").mkdir(parents=True)
    (place / "net").mkdir()
    (place / "ns/net").symlink_to(namespace)
    (place / "net/tcp").write_text(table)


def test_a_process_in_a_network_of_its_own_is_watched(tmp_path, monkeypatch):
    monkeypatch.setattr(ports, "PROCESSES", tmp_path)
    process(tmp_path, "self", "net:[1]")
    process(tmp_path, "77", "net:[2]")
    watch = PortWatch(77)
    watch._thread.join(0.1)
    assert watch.stop() == (("0.0.0.0", 8000), ("127.0.0.1", 49153))

"""A PostgreSQL server for one test session, in a folder of its own, on a free port, gone afterwards.

The real host keeps its workflows in a database. The server is Debian's package; it runs as the user `postgres` where
the tests run as root, because PostgreSQL refuses root.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL = "the real host needs PostgreSQL: apt-get install postgresql (or run make interop)"


def programs_folder() -> Path:
    """Return the folder of the newest PostgreSQL server here, or raise FileNotFoundError that says what to install."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise FileNotFoundError(INSTALL)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def server() -> Iterator[str]:
    """Run a server and give the URL of a database that the host may create; the server ends with the block."""
    programs = programs_folder()
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="interop-postgres-"))
    try:
        if as_owner:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data, port = folder / "data", free_port()
        call([*as_owner, programs / "initdb", "-D", data, "-U", "host", "-A", "trust", "-E", "UTF8", "--no-sync"])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        control = [*as_owner, programs / "pg_ctl", "-D", data, "-w"]
        call([*control, "-l", folder / "log", "-o", options, "start"])
        try:
            yield f"postgresql://host@127.0.0.1:{port}/asqi"
        finally:
            call([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def call(command: list[str | Path]) -> None:
    """Run a program of PostgreSQL, whose complaint goes into the error if it fails."""
    # Not captured through pipes: the server that pg_ctl starts would keep them open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, check=False, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{command} failed: {output.read()}")

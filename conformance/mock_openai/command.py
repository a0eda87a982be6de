"""``sdg-conformance mock-openai``: the mock server by itself. Importing this module imports no server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click


@click.command("mock-openai")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    default=("127.0.0.1",),
    show_default=True,
    help="Address to listen on (repeatable).",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--key", default=None, help="Refuse every other key (default: any key is taken).")
@click.option(
    "--faults", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="YAML or JSON list of fault rules."
)
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON list of scripted answers.",
)
@click.option(
    "--control-token",
    envvar="MOCK_OPENAI_CONTROL_TOKEN",
    default="",
    help="Token that /_control asks for (default: none).",
)
@click.option("--log", is_flag=True, help="Print one JSON line per request.")
@click.option("--list-faults", is_flag=True, help="Show every fault and what a well-behaved client does then.")
def mock_openai(
    hosts: tuple[str, ...],
    *,
    port: int,
    key: str | None,
    faults: Path | None,
    script: Path | None,
    control_token: str,
    log: bool,
    list_faults: bool,
) -> None:
    """A deterministic OpenAI-compatible server, hostile on demand.

    Base URL http://HOST:PORT/v1 for one scenario, http://HOST:PORT/s/NAME/v1 for any number of them. The options
    --key, --faults and --script are for plain /v1; other scenarios are opened over /_control.
    """
    if list_faults:
        _print_faults()
        return
    from conformance.mock_openai.server import MockOpenAI

    server = MockOpenAI(hosts, port, control_token=control_token)
    try:
        server.open(key=key, faults=_loaded(faults), script=_loaded(script))
    except (ValueError, TypeError) as error:
        raise click.ClickException(str(error)) from error
    try:
        server.start()
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"listening on http://{server.hosts[0]}:{server.port}/v1 (Ctrl-C ends it)", err=True)
    try:
        _run(server, log=log)
    finally:
        server.stop()


def _loaded(path: Path | None) -> Any:
    """The list in a YAML or JSON file (nothing for no file)."""
    if path is None:
        return ()
    text = path.read_text(encoding="utf-8")
    try:
        value = json.loads(text)
    except ValueError:
        import yaml

        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise click.ClickException(f"{path} is neither JSON nor YAML: {error}") from error
    if not isinstance(value, list):
        raise click.ClickException(f"{path} must hold a list")
    return value


def _print_faults() -> None:
    from conformance.mock_openai import fault_catalogue

    for name, fault in sorted(fault_catalogue.FAULTS.items()):
        click.echo(f"{name}\n    " + fault.doc.replace("\n", "\n    ") + "\n")


def _run(server: Any, *, log: bool) -> None:
    """Wait for the end (SIGINT or SIGTERM), printing requests meanwhile if that is wanted."""
    import signal
    import threading

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    shown: dict[str, int] = {}
    while not ended.wait(0.2 if log else 3600):
        if log:
            _print_new(server, shown)
    if log:
        _print_new(server, shown)


def _print_new(server: Any, shown: dict[str, int]) -> None:
    for name in (*server.spaces.names, "undeclared"):
        for entry in server.ledger(name, start=shown.get(name, 0)).entries:
            if not entry.finished:
                break
            shown[name] = entry.index + 1
            line = {
                "space": name, "method": entry.method, "path": entry.path, "status": entry.status, "key": entry.key,
                "model": entry.model, "fault": entry.fault, "seconds": round(entry.finished - entry.arrived, 6),
                "note": entry.note,
            }  # fmt: skip
            sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    mock_openai()

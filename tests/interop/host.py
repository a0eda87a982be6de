"""The real host in its own virtual environment: an oracle that answers questions, and the command that people run."""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / "build" / "interop-venv"
OLDER_HOST = VENV / "older-host"


def require_venv() -> None:
    """Raise FileNotFoundError that says what to do where the host is not installed."""
    if not (VENV / ".installed").exists():
        raise FileNotFoundError(
            f"the real host is not installed in {VENV}: run make interop-setup (it needs Python 3.12)"
        )


class Oracle:
    """A child process that runs the host's own code; see host_oracle.py. ``cases`` counts what it was asked."""

    def __init__(self, python_path: Path | None = None) -> None:
        require_venv()
        self.cases = 0
        self._cache = tempfile.TemporaryDirectory()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed with the oracle
        self._process = subprocess.Popen(
            [VENV / "bin" / "python", Path(__file__).with_name("host_oracle.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": str(python_path or ""),
                "HF_DATASETS_OFFLINE": "1",
                "HF_HOME": self._cache.name,
            },
        )

    def ask(self, question: str, cases: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the host's answer to each case: ``{"value": ...}`` or ``{"error": ...}``."""
        assert self._process.stdin
        assert self._process.stdout
        self.cases += len(cases)
        self._process.stdin.write(json.dumps({"ask": question, "cases": list(cases)}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"the host's code died: {self._log.read()[-3000:]}")
        answers: list[dict[str, Any]] = json.loads(line)
        return answers

    def close(self) -> None:
        """End the child process."""
        self._process.communicate()
        self._log.close()
        self._cache.cleanup()


@dataclass(frozen=True)
class HostRun:
    """What one call of the host left: its output file, its log file, what it said."""

    output: dict[str, Any]
    logs: list[dict[str, Any]]
    console: str

    def job(self, name: str) -> dict[str, Any]:
        """Return what the output file says of one job."""
        (found,) = (job for job in self.output["results"] if job["metadata"]["test_id"] == name)
        return dict(found)

    def log(self, name: str) -> dict[str, Any]:
        """Return what the log file says of one job."""
        (found,) = (entry for entry in self.logs if entry["test_id"] == name)
        return found


def generate_dataset(folder: Path, database: str, *options: str) -> HostRun:
    """Run `asqi generate-dataset` in a folder, as a person would."""
    require_venv()
    done = subprocess.run(
        [VENV / "bin" / "asqi", "generate-dataset", *options, "--output-file", "output.json"],
        cwd=folder,
        env={**os.environ, "DBOS_DATABASE_URL": database, "LOGS_PATH": "logs", "COLUMNS": "500"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"the host ended with {done.returncode}:\n{said[-5000:]}"
    return HostRun(
        output=json.loads((folder / "output.json").read_text()),
        logs=json.loads((folder / "logs" / "output.json").read_text()),
        console=done.stdout,
    )

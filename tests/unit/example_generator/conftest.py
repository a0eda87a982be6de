"""Run the reference container's program in this process, on folders of the test's own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

GENERATOR = Path(__file__).resolve().parents[3] / "example_generator"
sys.path.insert(0, str(GENERATOR))

ROWS = [{"text": "Good value.", "label": "positive"}, {"text": "it is broken", "label": "negative"}]


def loader(data_files: Any = "rows.json", builder: str = "json", **more: Any) -> dict[str, Any]:
    """A dataset definition as the host sends it."""
    definition = {key: more.pop(key) for key in ("mapping", "label_map") if key in more}
    params = {"builder_name": builder, "data_files": data_files, "hub_path": None, "split": None, **more}
    return {"type": "huggingface", "loader_params": params, "mapping": {}, "tags": [], **definition}


@dataclass
class Workspace:
    """The two mounts of one run and a way to run."""

    input: Path
    output: Path

    def write(self, name: str, content: Any) -> None:
        """An input file: text as it is, everything else as JSON."""
        path = self.input / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")

    def run(
        self, source: Any = None, *, corpus: Any = None, system: Any = None, metadata: Any = None, **params: Any
    ) -> dict[str, Any]:
        """The document of a successful run; ``GeneratorError`` where the container would say ``success: false``."""
        from generator.request import read_request
        from generator.run import generate

        datasets = {"source_data": loader() if source is None else source, "corpus": corpus}
        document = params | {"input_datasets": datasets, "metadata": metadata}
        systems = {"generation_system": system}
        arguments = ["--systems-params", json.dumps(systems), "--generation-params", json.dumps(document)]
        return generate(read_request(arguments), started=0.0)

    def rows(self, source: Any = None, **params: Any) -> list[dict[str, Any]]:
        """The rows that a run wrote."""
        path = Path(self.run(source, output_format="jsonl", **params)["generated_datasets"][0]["dataset_path"])
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def texts(self, source: Any = None, **params: Any) -> list[str]:
        """The original texts that a run read."""
        return [row["text"] for row in self.rows(source, **params) if not row["is_synthetic"]]

    def error(self, source: Any = None, **params: Any) -> str:
        """The message of a run that has to fail; it must leave nothing behind."""
        from generator.errors import GeneratorError

        with pytest.raises(GeneratorError) as caught:
            self.run(source, **params)
        assert list(self.output.rglob("*")) == []
        return str(caught.value)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Two rows in ``rows.json`` and an empty output folder."""
    place = Workspace(tmp_path / "input", tmp_path / "output")
    place.input.mkdir()
    place.output.mkdir()
    monkeypatch.setenv("INPUT_MOUNT_PATH", str(place.input))
    monkeypatch.setenv("OUTPUT_MOUNT_PATH", str(place.output))
    for name in ("API_KEY", "OPENAI_API_KEY", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    place.write("rows.json", ROWS)
    return place


@pytest.fixture
def definition() -> Callable[..., dict[str, Any]]:
    """``definition(data_files, builder, ...)``: a dataset as the host describes it."""
    return loader

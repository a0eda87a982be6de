"""A folder in which a person runs the real host: the files of fixtures/asqi, their inputs, empty output folders."""

import copy
import shutil
from pathlib import Path
from typing import Any

import yaml
from interop.host import ROOT

CONFIGURATIONS = ROOT / "fixtures" / "asqi"
REVIEWS = ROOT / "fixtures" / "sample_reviews.json"
DATASETS, SUITE, SYSTEMS = "datasets.yaml", "generation_suite.yaml", "systems.yaml"
SUITE_WITH_SYSTEM = "generation_suite_with_system.yaml"


class Workspace:
    """The folder, with one suite of fixtures/asqi whose jobs run ``image``; `write` writes the configurations."""

    def __init__(self, folder: Path, image: str, suite: str = SUITE) -> None:
        self.folder = folder
        self.suite_name = suite
        self.suite: dict[str, Any] = yaml.safe_load((CONFIGURATIONS / suite).read_text())
        self.systems: dict[str, Any] = yaml.safe_load((CONFIGURATIONS / SYSTEMS).read_text())
        self.datasets: dict[str, Any] = yaml.safe_load((CONFIGURATIONS / DATASETS).read_text())
        for job in self.jobs:
            job["image"] = image

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The jobs of the suite."""
        jobs: list[dict[str, Any]] = self.suite["generation_jobs"]
        return jobs

    def add_job(self, name: str, *, reviews: str | None = None, **params: Any) -> None:
        """Add the first job once more, with an output folder of its own and other parameters.

        ``reviews`` is another file as its input.
        """
        job = copy.deepcopy(self.jobs[0])
        job.update(id=name, name=name)
        job["params"] = {**job.get("params", {}), **params}
        job["volumes"]["output"] = f"output/{name}"
        if reviews is not None:
            (role,) = job["input_datasets"]
            registered = copy.deepcopy(self.datasets["datasets"][job["input_datasets"][role]])
            registered["loader_params"]["data_files"] = reviews
            self.datasets["datasets"][name] = registered
            job["input_datasets"][role] = name
        self.jobs.append(job)

    def serve_system(self, base_url: str) -> None:
        """Put the system of systems.yaml at another address."""
        (system,) = self.systems["systems"].values()
        system["params"]["base_url"] = base_url

    def write(self) -> None:
        """Write the configurations, and make the input folders and output folders that any user may write to."""
        for name, content in ((self.suite_name, self.suite), (SYSTEMS, self.systems), (DATASETS, self.datasets)):
            (self.folder / name).write_text(yaml.safe_dump(content, sort_keys=False))
        for job in self.jobs:
            inputs, outputs = (self.folder / job["volumes"][kind] for kind in ("input", "output"))
            inputs.mkdir(parents=True, exist_ok=True)
            shutil.copy(REVIEWS, inputs)
            outputs.mkdir(parents=True, exist_ok=True)
            outputs.chmod(0o777)

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


class Workspace:
    """The folder; ``suite`` and ``systems`` are the configurations, written by `write`."""

    def __init__(self, folder: Path, image: str) -> None:
        self.folder = folder
        self.suite: dict[str, Any] = yaml.safe_load((CONFIGURATIONS / SUITE).read_text())
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

    def use_system(self, role: str, base_url: str) -> None:
        """Give the first job the first system of systems.yaml, served at another address."""
        name, system = next(iter(self.systems["systems"].items()))
        system["params"]["base_url"] = base_url
        self.jobs[0]["systems"] = {role: name}

    def write(self) -> None:
        """Write the configurations, and make the input folders and output folders that any user may write to."""
        for name, content in ((SUITE, self.suite), (SYSTEMS, self.systems), (DATASETS, self.datasets)):
            (self.folder / name).write_text(yaml.safe_dump(content, sort_keys=False))
        for job in self.jobs:
            inputs, outputs = (self.folder / job["volumes"][kind] for kind in ("input", "output"))
            inputs.mkdir(parents=True, exist_ok=True)
            shutil.copy(REVIEWS, inputs)
            outputs.mkdir(parents=True, exist_ok=True)
            outputs.chmod(0o777)

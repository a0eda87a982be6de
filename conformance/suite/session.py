"""One check per image and pytest session, whatever was selected and however many workers ask for it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.configuration import Configuration, configuration_beside, load_configuration
from conformance.contract.catalogue import EDITION
from conformance.contract.selection import chosen, known_ids
from conformance.errors import KitError, UsageError
from conformance.options import Options
from conformance.report import Report, document, load_reports


@dataclass(frozen=True)
class Reports:
    """Where the session's reports are kept: a folder that all workers share."""

    folder: Path
    options: Options
    images: tuple[str, ...] = ()

    def report_on(self, image: str, selected: tuple[str, ...]) -> Report:
        """The report on an image; the first worker that asks makes it, the others wait and read it.

        Raises `KitError` when the image could not be checked, for every one that asks.
        """
        from filelock import FileLock

        path = self.folder / f"sdg-{hashlib.sha256(image.encode()).hexdigest()[:16]}.json"
        failure = path.with_suffix(".failure")
        with FileLock(path.with_suffix(".lock")):
            if failure.exists():
                said = json.loads(failure.read_text())
                raise KitError(said["message"], said["hint"], said["exit_code"])
            if not path.exists():
                try:
                    report = check_image(image, selected, self.options.kept_apart(image, self.images or (image,)))
                except KitError as error:
                    said = {"message": error.message, "hint": error.hint, "exit_code": error.exit_code}
                    failure.write_text(json.dumps(said))
                    raise
                path.write_text(json.dumps(document([report])), encoding="utf-8")
        (report,) = load_reports(path)
        return report


def check_image(image: str, selected: tuple[str, ...], options: Options) -> Report:
    """Check an image for the selected requirements; a selection of all is no selection."""
    from conformance import campaign

    only = () if set(selected) >= set(known_ids(options.edition)) else selected
    return campaign.check(image, with_own_configuration(replace(options, only=only), image)).report


def with_own_configuration(options: Options, image: str) -> Options:
    """The options with the configuration that lies beside a build folder's Dockerfile, unless one was given."""
    beside = None if options.configuration.source else configuration_beside(image)
    return options if beside is None else replace(options, configuration=load_configuration(beside))


def options_from(config: pytest.Config) -> Options:
    """What the command line of pytest says. Raises `UsageError` for files that are not there."""

    def option(name: str) -> Any:
        return config.getoption(f"sdg_{name}")

    return Options(
        scope=option("scope"),
        profile=option("profile"),
        strict=option("strict"),
        timeout=option("timeout"),
        jobs=option("jobs") or os.cpu_count() or 1,
        configuration=load_configuration(Path(option("config"))) if option("config") else Configuration(),
        waivers=_waivers(option("waivers")),
        evidence_directory=Path(option("evidence")) if option("evidence") else None,
        engine_url=option("engine"),
        edition=EDITION,
        datasets=_datasets(option("dataset")),
    )


def _waivers(name: str | None) -> Path | None:
    if name is None:
        return None
    from conformance.waivers import load_waivers

    load_waivers(Path(name), known_ids())
    return Path(name)


def _datasets(pairs: list[str]) -> dict[str, Path]:
    datasets = {}
    for pair in pairs:
        name, equals, file = pair.partition("=")
        if not name or not equals or not Path(file).exists():
            raise UsageError(f"--sdg-dataset {pair}: it must be NAME=FILE, and the file must exist.")
        datasets[name] = Path(file)
    return datasets


def requirements_for_collection(profile: str) -> list[tuple[str, str]]:
    """Every requirement's id and, in lower case, its level in the profile: how the tests are named and marked."""
    return [(requirement.id, requirement.level_in(profile).lower()) for requirement in chosen()]

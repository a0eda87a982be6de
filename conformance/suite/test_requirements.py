"""One test per requirement and image."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import pytest

from conformance.errors import KitError
from conformance.options import Options
from conformance.report import Report, ReportedRequirement
from conformance.reports.escaping import visible
from conformance.suite.session import Reports, requirements_for_collection

ReportOn = Callable[[str], Report]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test per requirement and image, named after them, marked with the level in the chosen profile."""
    images = metafunc.config.getoption("sdg_image")
    if not images:
        raise pytest.UsageError("conformance.suite checks images: give --sdg-image IMAGE (repeatable)")
    if "sdg_requirement" in metafunc.fixturenames:
        several = len(images) > 1
        metafunc.parametrize(
            ("sdg_requirement", "sdg_target"),
            [
                pytest.param(
                    identifier,
                    image,
                    id=f"{identifier}-{image}" if several else identifier,
                    marks=getattr(pytest.mark, level),
                )
                for image in images
                for identifier, level in requirements_for_collection(metafunc.config.getoption("sdg_profile"))
            ],
        )
    elif "sdg_target" in metafunc.fixturenames:
        metafunc.parametrize("sdg_target", images)


@pytest.fixture(scope="session")
def report_on(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sdg_options: Options
) -> ReportOn:
    """The report on an image, made once, for exactly the requirements that this session selected."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    reports = Reports(shared, sdg_options, tuple(request.config.getoption("sdg_image")))
    selected: dict[str, list[str]] = {}
    for item in request.session.items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "sdg_requirement" in parameters:
            selected.setdefault(parameters["sdg_target"], []).append(parameters["sdg_requirement"])

    def report(image: str) -> Report:
        try:
            return reports.report_on(image, tuple(selected.get(image, ())))
        except KitError as error:
            if not hasattr(request.config, "workerinput"):
                pytest.exit(visible(str(error)), returncode=error.exit_code)
            pytest.fail(visible(str(error)), pytrace=False)

    return report


def test_requirement(sdg_requirement: str, sdg_target: str, report_on: ReportOn) -> None:
    """The image meets the requirement."""
    report = report_on(sdg_target)
    row = report.requirement(sdg_requirement)
    if row is None:
        pytest.skip("not part of this profile")
    if row.status != "pass":
        _tell(report, row)


def test_waivers_say_no_more_than_is_true(sdg_target: str, report_on: ReportOn) -> None:
    """No waiver is stale or matches nothing."""
    errors = report_on(sdg_target).errors
    if errors:
        pytest.fail("\n".join(errors), pytrace=False)


def _tell(report: Report, row: ReportedRequirement) -> NoReturn:
    """End the test as the status demands. A MUST that could not be looked at is never skipped silently."""
    binding = row.level == "MUST" or (report.strict and row.level == "SHOULD")
    if row.status == "fail":
        pytest.fail(_failure(row), pytrace=False)
    if row.status == "waived":
        pytest.xfail(f"waived: {row.reason}")
    if row.status == "inconclusive" or (row.status == "not-tested" and row.counts and binding):
        pytest.fail(f"{row.id} ({row.level}) is {row.status}: {visible(row.reason or '')}", pytrace=False)
    pytest.skip(f"{row.status}: {visible(row.reason or '')}")


def _failure(row: ReportedRequirement) -> str:
    lines = [f"{row.id} ({row.level}): {row.title}"]
    for finding in row.findings:
        where = " ".join(part for part in (finding.scenario, finding.location) if part)
        lines += ["", f"  {where + ': ' if where else ''}{finding.message}"]
        lines += [
            f"  {name}: {text}" for name, text in (("fix", finding.hint), ("reproduce", finding.reproduce)) if text
        ]
    return visible("\n".join(lines))

"""The pytest plugin: requirements of SDG containers as pytest tests, and fixtures for authors' own tests.

Inert without ``--sdg-image``: it adds options, markers and fixtures, and imports the kit only when one of them is used.

    pytest --pyargs conformance.suite --sdg-image IMAGE      one test per requirement
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.mock_openai.fixture import mock_openai, mock_openai_server

if TYPE_CHECKING:
    from conformance.bench import Bench
    from conformance.contract.model import Manifest
    from conformance.evidence import Run
    from conformance.options import Options

__all__ = ["mock_openai", "mock_openai_server"]

MARKERS = {
    "must": "a requirement that an image must meet to be conformant",
    "should": "a requirement that breaks on some hosts when it is not met",
    "may": "an optional requirement",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that say what is checked and how; the same as the command line's."""
    group = parser.getgroup("sdg-conformance", "conformance of SDG containers")
    group.addoption("--sdg-image", action="append", default=[], metavar="IMAGE",
                    help="image, build folder or image archive to check; repeatable")  # fmt: skip
    group.addoption("--sdg-profile", choices=("current", "seed", "kubernetes"), default="current", help="kind of host")
    group.addoption("--sdg-scope", choices=("full", "quick"), default="full", help="how much is run")
    group.addoption("--sdg-strict", action="store_true", help="treat every SHOULD as a MUST")
    group.addoption("--sdg-timeout", type=float, metavar="SECONDS", help="limit of one container run")
    group.addoption("--sdg-jobs", type=int, metavar="N", help="containers that run side by side")
    group.addoption("--sdg-config", metavar="FILE", help="configuration file (sdg-conformance.toml)")
    group.addoption("--sdg-waivers", metavar="FILE", help="waiver file (sdg-conformance-waivers.toml)")
    group.addoption("--sdg-dataset", action="append", default=[], metavar="NAME=FILE", help="a real input file")
    group.addoption("--sdg-evidence", metavar="DIR", help="keep the evidence here")
    group.addoption("--sdg-engine", metavar="URL", help="the container engine")


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every image of the command line to the tests that ask for ``sdg_image``."""
    images = metafunc.config.getoption("sdg_image")
    if images and "sdg_image" in metafunc.fixturenames:
        metafunc.parametrize("sdg_image", images, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without waivers there is nothing to test of them."""
    if config.getoption("sdg_image") and not config.getoption("sdg_waivers"):
        items[:] = [item for item in items if not item.name.startswith("test_waivers_say_no_more_than_is_true[")]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Nothing tested is never a success: skipped requirements alone do not make a run green."""
    config = session.config
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not config.getoption("sdg_image") or reporter is None or hasattr(config, "workerinput") or exitstatus:
        return
    tested = sum(len(reporter.stats.get(outcome, ())) for outcome in ("passed", "failed", "error", "xfailed"))
    if not tested and not config.getoption("collectonly"):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.fixture(scope="session")
def sdg_image(request: pytest.FixtureRequest) -> str:
    """The image of ``--sdg-image``; override it in a conftest to name the image there."""
    if hasattr(request, "param"):
        return str(request.param)
    pytest.fail("No image: give --sdg-image, or override the fixture sdg_image.", pytrace=False)


@pytest.fixture(scope="session")
def sdg_options(request: pytest.FixtureRequest) -> Options:
    """How images are checked, from the options of the command line."""
    from conformance.errors import KitError
    from conformance.suite.session import options_from

    try:
        return options_from(request.config)
    except KitError as error:
        pytest.exit(str(error), returncode=error.exit_code)


@pytest.fixture(scope="session")
def _sdg_bench(sdg_image: str, sdg_options: Options) -> Iterator[Bench]:
    from conformance.bench import on_the_bench
    from conformance.errors import KitError
    from conformance.suite.session import with_own_configuration

    try:
        options = with_own_configuration(sdg_options, sdg_image)
        with on_the_bench(sdg_image, options) as bench:
            yield bench
    except KitError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def sdg_manifest(_sdg_bench: Bench) -> Manifest:
    """What the image declares."""
    return _sdg_bench.manifest


@pytest.fixture(scope="session")
def sdg_run(_sdg_bench: Bench) -> Callable[..., Run]:
    """Run the image with inputs of one's own: ``sdg_run(params=..., datasets=..., systems=...)`` gives the evidence."""
    return _sdg_bench.run


def pytest_report_header(config: pytest.Config) -> str | None:
    """What is checked."""
    images: list[Any] = config.getoption("sdg_image")
    return f"sdg-conformance: {', '.join(Path(image).as_posix() for image in images)}" if images else None

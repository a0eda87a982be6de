"""What all tests share: tests that try many cases say how many, and the summary shows it (through xdist, too)."""

from collections.abc import Callable

import pytest

TRIED = "tried"


@pytest.fixture
def say_tried(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Tell the summary what this test tried: a line with the numbers."""
    return lambda line: record_property(TRIED, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the tests tried, before pytest's own last line."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [str(line) for report in reports for name, line in report.user_properties if name == TRIED]
    if lines:
        terminalreporter.section("tried")
        for line in dict.fromkeys(lines):
            terminalreporter.write_line(line)

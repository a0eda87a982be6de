"""Scenarios that borrow parameters: from the first run in which the image asked its systems, or none at all."""

from dataclasses import dataclass, field

from builders import request, run

from conformance.evidence import Run
from conformance.runs.runner import Silence, perform_all
from conformance.scenarios.model import Scenario

BASELINE = {"baseline": (run(),)}
LENDERS = tuple(
    Scenario(f"parameters-{number}", "S03", "?", builds_on=("baseline",), parameters={"mode": mode})
    for number, mode in enumerate(("simple", "llm", "mixed"), 1)
)


@dataclass
class Performer:
    """An image that asks its system in the modes that are named; remembers what it was started with."""

    asking: tuple[str, ...] = ()
    endless: tuple[str, ...] = ()
    started: dict[str, str] = field(default_factory=dict)
    baseline: Run | None = None

    def perform(self, scenario):
        mode = scenario.parameters.get("mode", "")
        self.started[scenario.name] = mode
        requests = (request(),) if mode in self.asking else ()
        status = "timeout" if scenario.name in self.endless else "done"
        return (run(scenario.name, parameters=dict(scenario.parameters), requests=requests, status=status),)


def borrowing(name="fault-dropped", *, needed=True, builds_on=("baseline",)):
    options = {"borrow_from": tuple(one.name for one in LENDERS), "needs_requests": needed}
    return Scenario(name, "S11", "?", builds_on=builds_on, options=options)


def performed(image, *scenarios, jobs=2):
    return perform_all(image, scenarios, BASELINE, jobs=jobs, progress=Silence())


def test_the_parameters_are_those_of_the_first_run_that_asked():
    image = Performer(asking=("llm", "mixed"))
    runs, skipped = performed(image, borrowing(), *LENDERS)
    assert image.started["fault-dropped"] == "llm"
    assert skipped == {}
    assert len(runs) == 4


def test_a_fault_is_not_tried_on_an_image_that_asks_in_no_run():
    image = Performer()
    _, skipped = performed(image, *LENDERS, borrowing())
    assert "asked its systems in no run" in skipped["fault-dropped"]
    assert "fault-dropped" not in image.started


def test_a_scenario_that_can_do_without_requests_keeps_its_own_parameters():
    image = Performer()
    assert performed(image, *LENDERS, borrowing("bare-systems", needed=False))[1] == {}
    assert image.started["bare-systems"] == ""


def test_lenders_that_are_not_run_are_not_waited_for():
    image = Performer(asking=("mixed",))
    assert performed(image, LENDERS[2], borrowing())[1] == {}
    assert image.started["fault-dropped"] == "mixed"


def test_what_builds_on_a_run_that_did_not_end_is_not_run():
    image = Performer(endless=("first",))
    first = Scenario("first", "S11", "?", builds_on=("baseline",))
    _, skipped = performed(image, first, Scenario("second", "S11", "?", builds_on=("baseline", "first")))
    assert skipped == {"second": "“first” did not end in its time"}

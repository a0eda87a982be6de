"""Where every set of values is refused for the sake of one, the others are tried without it."""

from builders import run

from conformance.runs.runner import Silence, perform_all
from conformance.scenarios.model import Scenario

SETS = tuple(
    Scenario(f"parameters-{rows}", "S03", "?", parameters={"rows": rows, "only": ["sample"]}) for rows in (1, 2)
)
OPTIONS = {"after_refusals_of": tuple(one.name for one in SETS), "optional": ("only", "rows")}
FEWER = Scenario("fewer-parameters", "S03", "?", options=OPTIONS)


class Filter:
    """An image that finds no row for a value that the kit made up."""

    baseline = None

    def __init__(self, *refused, error="parameter 'only': no row is for any of ['sample']"):
        self.refused, self.error, self.given = refused, error, {}

    def perform(self, scenario):
        self.given[scenario.name] = dict(scenario.parameters)
        says = {"success": False, "error": self.error} if scenario.name in self.refused else {"success": True}
        return (run(scenario.name, parameters=scenario.parameters, stdout={"results": says}),)


def skipped(image):
    return perform_all(image, (FEWER, *SETS), {}, jobs=2, progress=Silence())[1]


def test_what_all_refusals_name_is_left_out():
    image = Filter("parameters-1", "parameters-2")
    assert skipped(image) == {}
    assert image.given["fewer-parameters"] == {"rows": 1}


def test_no_set_is_tried_once_more_when_one_was_accepted():
    assert list(skipped(Filter("parameters-1"))) == ["fewer-parameters"]


def test_refusals_that_name_no_parameter_leave_nothing_to_try():
    assert list(skipped(Filter("parameters-1", "parameters-2", error="nothing to do"))) == ["fewer-parameters"]

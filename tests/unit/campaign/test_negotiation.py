"""What is offered to an image until its baseline succeeds."""

from dataclasses import dataclass, field
from typing import Any

from builders import manifest, run

from conformance.campaign import negotiate, notes_on
from conformance.contract.model import Feature, InputDataset
from conformance.evidence import FedDataset, Request
from conformance.runs.runner import Silence
from conformance.scenarios.recipe import Recipe, furthest


@dataclass
class PickyImage:
    """An image that reads one format alone and refuses the others in its own words."""

    reads: str
    refusal: dict[str, Any] = field(default_factory=lambda: {"success": False, "error": "no such builder"})
    dtype: str = "int32"
    offered: list[str] = field(default_factory=list)

    @property
    def manifest(self) -> Any:
        features = (Feature("word", dtype="string"), Feature("times", dtype=self.dtype))
        return manifest(input_datasets=(InputDataset("words", features=features),))

    def perform(self, scenario: Any) -> tuple[Any, ...]:
        builder = scenario.datasets["words"].builder
        self.offered.append(builder)
        if builder == self.reads:
            return (run(scenario.name),)
        return (run(scenario.name, stdout={"results": self.refusal} if self.refusal else "Traceback", exit_code=1),)


def negotiated(image: PickyImage) -> tuple[list[Any], Recipe]:
    return negotiate(image, Recipe(), Silence())  # type: ignore[arg-type]


def test_an_image_that_reads_parquet_is_asked_once():
    runs, recipe = negotiated(PickyImage("parquet"))
    assert recipe.builder == "parquet"
    assert [one.scenario for one in runs] == ["baseline"]


def test_clean_refusals_are_followed_by_every_other_format():
    image = PickyImage("csv", dtype="int64")
    runs, recipe = negotiated(image)
    assert recipe.builder == "csv"
    assert image.offered == ["parquet", "json", "jsonl", "csv"]
    assert [one.scenario for one in runs] == ["offer-1", "offer-2", "offer-3", "baseline"]


def test_text_is_the_last_resort_for_dtypes_that_it_does_not_keep():
    image = PickyImage("csv", dtype="int32")
    _, recipe = negotiated(image)
    assert recipe.builder == "csv"
    assert image.offered[:2] == ["parquet", "arrow"]


def test_an_image_that_crashes_again_and_again_is_given_up_soon():
    image = PickyImage("nothing", refusal={})
    _, recipe = negotiated(image)
    assert recipe.builder == "parquet"
    assert len(image.offered) == 3


def test_of_an_image_that_refuses_everything_the_first_offer_is_the_baseline():
    runs, recipe = negotiated(PickyImage("nothing"))
    assert recipe.builder == "parquet"
    assert runs[-1].scenario == "baseline"


class FailsLater(PickyImage):
    """An image that reads its one format, and fails for another reason when it has."""

    def perform(self, scenario: Any) -> tuple[Any, ...]:
        if scenario.datasets["words"].builder == self.reads:
            said = {"results": {"success": False, "error": "system writer answers with HTTP status 401"}}
            return (run(scenario.name, stdout=said, exit_code=1),)
        return super().perform(scenario)


def test_of_refused_offers_the_one_that_came_furthest_is_the_baseline():
    runs, recipe = negotiated(FailsLater("csv", dtype="int64"))
    assert recipe.builder == "csv"
    assert "401" in runs[-1].error_text
    assert [one.scenario for one in runs] == ["offer-1", "offer-2", "offer-3", "offer-4", "baseline"]


def test_what_asked_a_system_came_further_than_what_complains():
    complains = run(stdout={"results": {"success": False, "error": "no such place"}}, exit_code=1)
    fed = FedDataset("words", "huggingface", {}, files=("words.json",))
    unread = run(stdout={"results": {"success": False, "error": "words.json is no csv"}}, exit_code=1, datasets=(fed,))
    asked = run(stdout="Traceback", exit_code=1, requests=(Request("POST", "/chat/completions"),))
    assert furthest([unread, complains, asked]) == 2
    assert furthest([unread, asked, run(stdout="", exit_code=0)]) == 2
    assert furthest([unread, complains, complains]) == 1
    assert furthest([unread, unread]) == 0


def test_an_error_that_names_only_a_given_file_does_not_speak_of_its_format():
    fed = FedDataset("words", "huggingface", {}, files=("deep/words.json",))
    absent = run(stdout={"results": {"success": False, "error": "no file words.json"}}, exit_code=1, datasets=(fed,))
    refused = run(stdout={"results": {"success": False, "error": "no builder parquet"}}, exit_code=1)
    assert furthest([refused, absent]) == 1


def test_the_report_names_the_accepted_format_where_rows_were_given():
    recipe = Recipe(builder="csv")
    assert notes_on(PickyImage("csv").manifest, recipe, 3) == {"builder": "csv", "runs": "3"}
    for inputs in ((), (InputDataset("paper", types=("pdf",)),)):
        assert notes_on(manifest(input_datasets=inputs), recipe, 3) == {"runs": "3"}


@dataclass
class TwoMinds:
    """An image that reads each of its datasets in one format alone, and names the first that it does not read."""

    reads: dict[str, str]
    offered: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def manifest(self) -> Any:
        features = (Feature("word", dtype="string"),)
        return manifest(input_datasets=tuple(InputDataset(name, features=features) for name in self.reads))

    def perform(self, scenario: Any) -> tuple[Any, ...]:
        given = {name: plan.builder for name, plan in scenario.datasets.items()}
        self.offered.append(tuple(given.values()))
        wrong = next((name for name, builder in given.items() if builder != self.reads[name]), None)
        if wrong is None:
            return (run(scenario.name),)
        refusal = {"success": False, "error": f"{wrong}: builder {given[wrong]} is not supported"}
        return (run(scenario.name, stdout={"results": refusal}, exit_code=1),)


def test_two_datasets_that_are_read_in_different_formats_are_both_read():
    image = TwoMinds({"orders": "csv", "orders_old": "jsonl"})
    runs, recipe = negotiated(image)  # type: ignore[arg-type]
    assert (runs[-1].scenario, recipe.builders) == ("baseline", {"orders": "csv", "orders_old": "jsonl"})
    assert image.offered[:5] == [(name, name) for name in ("parquet", "json", "jsonl", "csv", "arrow")]
    assert notes_on(image.manifest, recipe, 8)["builder"] == "orders csv, orders_old jsonl"


def test_two_datasets_that_no_format_suits_end_the_offers():
    _, recipe = negotiated(TwoMinds({"orders": "csv", "people": "xml"}))  # type: ignore[arg-type]
    assert recipe.builders == {}

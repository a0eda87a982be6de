"""Exploring: the same sets for the same seed, bounded, and the smallest set that ends badly."""

from __future__ import annotations

from dataclasses import dataclass, field

from builders import document, manifest, run

from conformance.contract.model import Parameter
from conformance.evidence import Run
from conformance.runs.exploring import MOST_SMALLER, Exploration, ended_badly
from conformance.runs.runner import Silence
from conformance.scenarios.recipe import Recipe

COUNT = manifest(parameters=(Parameter("count", "integer", True, description="0 to 100"), Parameter("name")))


@dataclass
class Image:
    """An image that crashes where it is told to; remembers every set that it was given."""

    crashes: object = staticmethod(lambda values: False)
    manifest: object = COUNT
    seed: int = 7
    timeout: float = 300.0
    given: list = field(default_factory=list)

    def perform(self, scenario) -> tuple[Run, ...]:
        self.given.append(dict(scenario.parameters))
        crashed = self.crashes(scenario.parameters)
        said = "Traceback" if crashed else None
        return (run(scenario.name, stdout=said, exit_code=int(crashed), parameters=dict(scenario.parameters)),)


def explored(image, number=30):
    return Exploration(image, Recipe(), number, Silence()).runs()


def test_a_good_image_is_given_no_more_sets_than_were_asked_for():
    image = Image()
    runs = explored(image, 12)
    assert 1 < len(runs) <= 12
    assert len(image.given) == len(runs)
    assert [one.scenario for one in runs] == [f"explore-{number}" for number in range(1, len(runs) + 1)]


def test_the_same_seed_gives_the_same_sets_and_another_seed_others():
    first, again, other = Image(), Image(), Image(seed=8)
    for image in (first, again, other):
        explored(image)
    assert first.given == again.given
    assert first.given != other.given


def test_the_smallest_set_that_crashes_is_the_only_one_that_is_kept_of_those():
    runs = explored(Image(crashes=lambda values: values["count"] >= 3), 60)
    (bad,) = [one for one in runs if ended_badly(one)]
    assert bad.parameters == {"count": 3}
    assert bad.observed["smallest"] is True


def test_making_a_set_smaller_is_bounded():
    image = Image(crashes=lambda values: len(str(values)) > 3)
    explored(image, 5)
    assert len(image.given) <= 5 + MOST_SMALLER


def test_an_image_that_does_not_repeat_itself_ends_the_exploration_with_what_was_seen():
    image = Image()
    image.crashes = lambda values: len(image.given) == 3
    (bad,) = [one for one in explored(image) if ended_badly(one)]
    assert bad.parameters == image.given[2]


def test_a_refusal_is_no_bad_end():
    assert not ended_badly(run("explore-1", stdout=document(results={"success": False, "error": "no"}), exit_code=1))

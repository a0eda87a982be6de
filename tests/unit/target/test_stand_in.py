"""Which base image a build folder gets where no registry answers."""

from types import SimpleNamespace

from docker.errors import ImageNotFound

from conformance.target import stand_in


def engine_with(*names: str) -> SimpleNamespace:
    def get(name: str) -> str:
        if name not in names:
            raise ImageNotFound(name)
        return name

    return SimpleNamespace(images=SimpleNamespace(get=get))


def test_what_set_up_made_stands_in_for_the_declared_base():
    client = engine_with("sdg-conformance/node:20-slim", "sdg-conformance/python:3.13-slim")
    assert stand_in("ARG BASE_IMAGE=node:20-slim\nFROM ${BASE_IMAGE}\n", client) == {
        "BASE_IMAGE": "sdg-conformance/node:20-slim"
    }


def test_the_declared_base_itself_goes_before_what_stands_in_for_it():
    client = engine_with("python:3.13-slim", "sdg-conformance/python:3.13-slim")
    assert stand_in('ARG BASE_IMAGE="python:3.13-slim"\n', client) == {"BASE_IMAGE": "python:3.13-slim"}


def test_a_base_that_is_nowhere_is_left_to_the_build():
    assert stand_in("ARG BASE_IMAGE=ruby:3\n", engine_with("python:3.13-slim")) == {}


def test_a_dockerfile_without_the_argument_gets_none():
    assert stand_in("FROM scratch\n", engine_with("scratch")) == {}

"""From a stated path to a file, without leaving the output folder."""

import pytest

from conformance.outputs.places import locate, path_problem


@pytest.mark.parametrize(
    "path",
    [
        "/tmp/x",
        "a.parquet",
        "/output",
        "/output/",
        "/output/../x",
        "/outputs/x",
        "s3://x/y",
        "",
        " ",
        7,
        None,
        "/output/a\0b",
    ],
)
def test_a_path_that_is_not_below_the_mount_is_told(path):
    assert path_problem(path)


@pytest.mark.parametrize(
    "path", ["/output/a", "/output//a", "/output/x/../a", "/output/./a", "//output/a", "/output/a/"]
)
def test_a_path_below_the_mount_after_normalisation_is_fine(path, tmp_path):
    (tmp_path / "a").touch()
    assert path_problem(path) == ""
    assert locate(path, tmp_path).host == tmp_path / "a"


def test_a_link_that_leaves_is_not_followed(tmp_path):
    (tmp_path / "a").symlink_to("/app")
    place = locate("/output/a/data", tmp_path)
    assert (place.host, place.form) == (None, "link-out")


def test_a_relative_link_to_a_name_beside_the_folder_is_not_followed(tmp_path):
    folder = tmp_path / "output-other"
    folder.mkdir()
    (tmp_path / "secret").touch()
    (folder / "a").symlink_to("../secret")
    assert locate("/output/a", folder).form == "link-out"


def test_a_link_by_the_containers_own_path_is_followed(tmp_path):
    (tmp_path / "real").touch()
    (tmp_path / "a").symlink_to("/output/real")
    assert locate("/output/a", tmp_path).host == tmp_path / "real"


def test_links_in_a_circle_are_missing(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert locate("/output/a", tmp_path).form == "missing"


def test_a_name_too_long_for_the_machine_is_missing(tmp_path):
    assert locate("/output/" + "x" * 5000, tmp_path).form == "missing"

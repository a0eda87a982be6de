"""Datasets of the hub: the real library, but for the download."""

import pytest
from datasets import ClassLabel, Dataset, Features, Value

SOURCE = {"type": "huggingface", "mapping": {"body": "text"}, "loader_params": {"hub_path": "acme/reviews"}}


@pytest.fixture
def hub(monkeypatch):
    """The hub holds one dataset; the list says how it was asked for."""
    features = Features({"body": Value("string"), "label": ClassLabel(names=["no", "yes"])})
    rows = {"body": ["a", "b", "c"], "label": [1, 0, -1]}
    asked = []

    def load_dataset(path, **options):
        asked.append((path, options))
        return Dataset.from_dict(rows, features=features).to_iterable_dataset()

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    return asked


def source(**params):
    return SOURCE | {"loader_params": SOURCE["loader_params"] | params}


def test_rows_of_the_hub_are_streamed_mapped_and_named(workspace, hub):
    rows = workspace.rows(source(split="train[:2]", name="small", token="hf_secret"), num_variations=0)
    assert [(row["text"], row["label"]) for row in rows] == [("a", "yes"), ("b", "no")]
    ((path, options),) = hub
    assert (path, options["split"], options["name"], options["token"]) == (
        "acme/reviews",
        "train",
        "small",
        "hf_secret",
    )
    assert options["streaming"] is True
    assert "trust_remote_code" not in options


def test_the_token_of_the_environment_serves_where_none_is_given(workspace, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_environment")
    workspace.rows(source(split="train[:1]"), num_variations=0)
    assert hub[0][1]["token"] == "hf_environment"


def test_a_row_without_a_class_is_a_null(workspace, hub):
    assert "column 'label' is null in row 2" in workspace.error(source())


def test_a_hub_that_cannot_be_reached_is_a_clear_error(workspace, monkeypatch):
    def load_dataset(path, **_):
        raise ConnectionError("no route")

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    assert "cannot read 'acme/reviews' from the hub: ConnectionError: no route" in workspace.error(source())

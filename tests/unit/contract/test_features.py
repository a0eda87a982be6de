"""Column types: the translation to the libraries, and which types match."""

from __future__ import annotations

import datasets
import pyarrow as pa
import pytest

from conformance.contract.features import (
    as_mapping,
    describe,
    from_arrow,
    from_hf,
    from_mapping,
    to_arrow,
    to_hf,
    type_misfit,
)
from conformance.contract.model import Feature

DTYPES = (  # noqa: SIM905
    "null bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 time32[s] time32[ms] "
    "time64[us] time64[ns] timestamp[s] timestamp[ms] timestamp[us] timestamp[ns] date32 date64 duration[s] "
    "duration[ms] duration[us] duration[ns] binary large_binary binary_view string large_string string_view"
).split()


def value(dtype: str, name: str = "") -> Feature:
    return Feature(name, dtype=dtype)


def list_of(element: Feature | None, length: int = -1) -> Feature:
    return Feature("", kind="List", element=element, length=length)


def dict_of(**fields: Feature) -> Feature:
    named = tuple(
        Feature(name, field.kind, field.dtype, field.required, field.element, field.length, field.fields, field.names)
        for name, field in fields.items()
    )
    return Feature("", kind="Dict", fields=named)


LABELS = Feature("", kind="ClassLabel", names=("neg", "pos"))

NESTED = [
    list_of(value("int32")),
    list_of(value("string"), length=3),
    list_of(LABELS),
    list_of(list_of(value("bool"))),
    dict_of(x=value("int64"), y=list_of(value("string")), z=dict_of(w=LABELS)),
    LABELS,
    Feature("", kind="Image"),
    Feature("", kind="Audio"),
    Feature("", kind="Video"),
]


@pytest.mark.parametrize("feature", [*map(value, DTYPES), *NESTED], ids=describe)
def test_a_feature_survives_the_way_to_the_library_and_back(feature: Feature) -> None:
    assert from_hf(to_hf(feature)) == feature
    assert from_mapping(as_mapping(feature)) == feature


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_scalar_survives_the_way_to_arrow_and_back(dtype: str) -> None:
    assert from_arrow(to_arrow(value(dtype))) == value(dtype)


@pytest.mark.parametrize(("alias", "dtype"), [("float", "float32"), ("double", "float64")])
def test_the_two_names_of_a_type_are_one(alias: str, dtype: str) -> None:
    assert to_hf(value(alias)) == datasets.Value(dtype)
    assert type_misfit(value(alias), value(dtype), "arrow-file") == ""
    assert type_misfit(value(dtype), value(alias), "arrow-file") == ""


@pytest.mark.parametrize("bare", ["Dict", "List", "ClassLabel"])
def test_a_bare_element_matches_every_feature_of_its_kind(bare: str) -> None:
    declared = list_of(Feature("", kind=bare))
    actual = list_of({"Dict": dict_of(x=value("int8")), "List": list_of(value("int8")), "ClassLabel": LABELS}[bare])
    assert type_misfit(declared, actual) == ""
    assert type_misfit(declared, list_of(value("string"))) == f"at []: declared {bare}, the file has string"
    assert from_hf(to_hf(declared)).element.kind == bare


def test_an_int64_column_is_not_the_declared_int32() -> None:
    assert type_misfit(value("int32"), value("int64")) == "declared int32, the file has int64"


@pytest.mark.parametrize("form", ["arrow-file", "arrow-stream", "save_to_disk"])
def test_what_parquet_forces_excuses_nothing_in_arrow(form: str) -> None:
    assert type_misfit(value("timestamp[s]"), value("timestamp[ms]"), "parquet") == ""
    assert type_misfit(value("timestamp[s]"), value("timestamp[ms]"), form) != ""


@pytest.mark.parametrize(
    ("declared", "stored"), [("time32[s]", "time32[ms]"), ("date64", "date32"), ("large_string", "string")]
)
def test_parquet_may_change_types_that_it_lacks_also_inside_lists(declared: str, stored: str) -> None:
    assert type_misfit(list_of(value(declared)), list_of(value(stored))) == ""
    assert type_misfit(list_of(value(stored)), list_of(value(declared))) != ""


def test_strings_of_any_layout_are_one_type_on_input_only() -> None:
    assert type_misfit(value("string"), value("large_string"), direction="input") == ""
    assert type_misfit(value("string"), value("large_string")) == "declared string, the file has large_string"


def test_a_list_of_another_length_is_a_misfit() -> None:
    declared = list_of(value("int8"), length=3)
    assert type_misfit(declared, list_of(value("int8"), length=4)) == (
        "declared a list of length 3, the file has length 4"
    )
    assert type_misfit(declared, list_of(value("int8"))) == ""
    assert type_misfit(list_of(value("int8")), declared) == ""


def test_a_list_element_of_another_type_is_named_with_its_place() -> None:
    declared = dict_of(scores=list_of(value("float64")))
    assert type_misfit(declared, dict_of(scores=list_of(value("string")))) == (
        "at scores[]: declared float64, the file has string"
    )


def test_an_absent_field_is_a_misfit_and_an_additional_one_is_not() -> None:
    declared = dict_of(x=value("int8"))
    assert type_misfit(declared, dict_of(y=value("int8"))) == "the declared field x is absent"
    assert type_misfit(declared, dict_of(y=value("int8"), x=value("int8"))) == ""


def test_label_names_are_compared_in_their_order() -> None:
    other = Feature("", kind="ClassLabel", names=("pos", "neg"))
    assert type_misfit(LABELS, other) == "declared the label names neg, pos, the file has pos, neg"
    assert type_misfit(LABELS, value("int64")) == "declared ClassLabel(neg, pos), the file has int64"


@pytest.mark.parametrize(
    ("declared", "inferred"),
    [
        (value("int32"), value("int64")),
        (value("float32"), value("int64")),
        (value("string"), value("timestamp[s]")),
        (value("timestamp[us]"), value("string")),
        (LABELS, value("int64")),
        (LABELS, value("string")),
        (Feature("", kind="Image"), dict_of(bytes=value("string"), path=value("string"))),
        (list_of(value("float32")), list_of(value("int64"))),
        (dict_of(x=value("int8"), y=value("int8")), dict_of(x=value("int64"))),
        (value("string"), value("null")),
    ],
    ids=describe,
)
def test_json_is_held_to_its_own_kinds_of_value(declared: Feature, inferred: Feature) -> None:
    assert type_misfit(declared, inferred, "jsonl") == ""


@pytest.mark.parametrize(
    ("declared", "inferred"),
    [
        (value("string"), value("int64")),
        (value("int32"), value("string")),
        (value("bool"), value("int64")),
        (value("string"), list_of(value("string"))),
        (list_of(value("string")), value("string")),
        (list_of(value("string")), list_of(value("double"))),
        (dict_of(x=value("string")), dict_of(x=value("bool"))),
    ],
    ids=describe,
)
def test_json_of_another_kind_is_a_misfit(declared: Feature, inferred: Feature) -> None:
    assert "declared" in type_misfit(declared, inferred, "json")


def test_csv_carries_every_scalar_and_nothing_nested() -> None:
    assert type_misfit(value("string"), value("int64"), "csv") == ""
    assert type_misfit(list_of(value("string")), value("string"), "csv") == (
        "declared List(string), which this format cannot carry"
    )


def test_arrow_types_are_read_in_the_manifests_words() -> None:
    struct = pa.struct([("a", pa.list_(pa.float16())), ("b", pa.list_(pa.date64(), 2))])
    assert describe(from_arrow(struct)) == "Dict(a: List(float16), b: List(date64, length 2))"
    assert describe(from_arrow(pa.dictionary(pa.int8(), pa.string()))) == "string"
    assert describe(from_arrow(pa.decimal128(10, 2))) == "decimal128(10, 2)"


def test_a_feature_that_no_manifest_can_say_keeps_its_name() -> None:
    assert from_hf(datasets.Translation(languages=["de", "en"])).kind == "Translation"
    assert from_hf([datasets.Value("int8")]) == list_of(value("int8"))

"""Values of text formats against declared types."""

import pytest

from conformance.contract.model import Feature
from conformance.outputs.values import fit

LABEL = Feature("", kind="ClassLabel", names=("neg", "pos"))


def problem(value, declared, source="json"):
    feature = Feature("", dtype=declared) if isinstance(declared, str) else declared
    return fit(value, feature, source)[1]


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ("7", "int32"),
        ("-1", "int8"),
        ("1.0", "int64"),
        ("1e3", "int16"),
        ("7", "float32"),
        ("nan", "float64"),
        ("True", "bool"),
        ("false", "bool"),
        ("0", "bool"),
        ("anything", "string"),
        ("2024-02-29", "date32"),
        ("2024-02-29 10:00:00", "timestamp[s]"),
        ("2024-02-29T10:00:00.123Z", "timestamp[ms]"),
        ("10:00:00.000001", "time64[us]"),
        ("1700000000", "timestamp[s]"),
        ("0 days 00:00:05", "duration[s]"),
        ("PT5S", "duration[ms]"),
        ("5", "duration[ns]"),
    ],
)
def test_csv_text_that_casts_without_loss_fits(value, dtype):
    assert problem(value, dtype, "csv") == ""


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ("2147483648", "int32"),
        ("1.5", "int32"),
        ("-1", "uint8"),
        ("1_000", "int32"),
        ("x", "float32"),
        ("1e300", "float32"),
        ("yes", "bool"),
        ("2", "bool"),
        ("2023-02-29", "date32"),
        ("2024-01-01 10:00", "date32"),
        ("10:00:00.5", "time32[s]"),
        ("2024-01-01 10:00:00.5", "timestamp[s]"),
        ("1500-01-01", "timestamp[ns]"),
        ("soon", "duration[s]"),
        ("25:00:00", "time32[s]"),
    ],
)
def test_csv_text_that_loses_something_does_not_fit(value, dtype):
    assert problem(value, dtype, "csv")


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (5, "int8"),
        (5.0, "int8"),
        (5, "float32"),
        (0.1, "float16"),
        (True, "bool"),
        ("x", "large_string"),
        ("AAA=", "binary"),
        ("2024-01-01T00:00:00", "timestamp[us]"),
        (1700000000000, "timestamp[ms]"),
        (None, "int8"),
        (None, "null"),
    ],
)
def test_json_values_of_the_declared_kind_fit(value, dtype):
    assert problem(value, dtype) == ""


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ("5", "int8"),
        (True, "int8"),
        (128, "int8"),
        (1.5, "int8"),
        ("0.1", "float32"),
        (True, "float32"),
        (1, "bool"),
        ("true", "bool"),
        (5, "string"),
        ({}, "string"),
        (1, "null"),
        ([1], "int8"),
    ],
)
def test_json_values_of_another_kind_do_not_fit(value, dtype):
    assert problem(value, dtype)


@pytest.mark.parametrize("value", [0, 1, "neg", "pos", -1])
def test_a_label_is_a_name_or_a_number_of_one(value):
    assert problem(value, LABEL) == ""


@pytest.mark.parametrize("value", [2, -2, "neutral", 0.5, True])
def test_another_label_does_not_fit(value):
    assert problem(value, LABEL)


def test_no_label_is_none_for_a_required_one():
    required = Feature("", kind="ClassLabel", names=("neg", "pos"), required=True)
    assert problem(-1, required) == "label -1 is not one of the 2 names (0 to 1)"


def test_a_list_is_counted_and_its_elements_are_looked_at():
    pairs = Feature("", kind="List", element=Feature("", dtype="int8"), length=2)
    assert problem([1, 2], pairs) == ""
    assert problem([1], pairs) == "a list has 1 elements instead of 2"
    assert problem([1, "2"], pairs) == "in a list, '2' is no int8"


def test_a_dict_is_judged_field_by_field():
    fields = (Feature("a", dtype="int8", required=True), Feature("b", dtype="string"))
    nested = Feature("", kind="Dict", fields=fields)
    assert problem({"a": 1, "other": 2}, nested) == ""
    assert problem({"b": "x"}, nested) == "in field “a”, it is missing although it is required"
    assert problem({"a": 1, "b": 2}, nested) == "in field “b”, 2 is no string"

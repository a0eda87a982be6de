"""What a failing baseline is tried with."""

from builders import run

from conformance.scenarios.diagnosis import named_variables


def test_variables_that_a_failure_names_are_tried_and_those_that_are_set_are_not():
    broken = run("baseline", stdout="KeyError: 'MY_LICENCE' (OUTPUT_MOUNT_PATH is fine, HTTP is a word)",
                 variables=("OUTPUT_MOUNT_PATH",))  # fmt: skip
    assert list(named_variables(broken)) == ["MY_LICENCE"]

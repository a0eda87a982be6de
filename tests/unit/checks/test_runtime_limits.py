"""RUNTIME-001 to -005: time, memory, shared memory, signals and the log."""

import pytest
from builders import document, evidence, manifest, run

from conformance.checks.runtime import (
    adapts_to_small_limits,
    behaves_as_process_1,
    finishes_in_time,
    logs_but_not_too_much,
    same_bytes_streamed_or_not,
    stays_within_its_memory,
)
from conformance.evidence import FedDataset, LogChunk
from conformance.findings import NotTested

FAILED = {"stdout": {"results": {"success": False, "error": "No space left on device"}}, "exit_code": 1}
KILLED = {"stdout": "", "exit_code": 137}


def test_a_baseline_that_never_ends_fails_RUNTIME_001():
    hangs = run(status="timeout", exit_code=None, seconds=300.2, observed={"timeout": 300.0})
    (found,) = finishes_in_time(evidence(hangs), manifest())
    assert found.message == "It had not ended after 300 seconds; expected the baseline to end within 300 seconds."


def test_a_longer_deadline_of_the_kit_changes_nothing():
    (found,) = finishes_in_time(evidence(run(seconds=301.4, observed={"timeout": 900.0})), manifest())
    assert "took 301 seconds" in found.message


def test_a_run_that_filled_the_disk_is_told_from_one_that_was_slow():
    flood = run(status="timeout", exit_code=None, seconds=20.0, observed={"timeout": 300.0})
    (found,) = finishes_in_time(evidence(flood), manifest())
    assert "outgrown" in found.message


def test_299_seconds_are_in_time():
    assert finishes_in_time(evidence(run(seconds=299.0)), manifest()) == []


def test_a_slow_large_run_is_no_matter_of_RUNTIME_001():
    slow = run("many-rows", status="timeout", exit_code=None, seconds=300.0)
    assert finishes_in_time(evidence(run(), slow), manifest()) == []


def test_without_a_baseline_nothing_is_said_of_limits():
    nothing = evidence(run("repeat-not"))
    for judge in (finishes_in_time, stays_within_its_memory, adapts_to_small_limits):
        assert isinstance(judge(nothing, manifest()), NotTested)


@pytest.mark.parametrize("fields", [{**KILLED, "out_of_memory": True}, KILLED])
def test_a_run_that_was_killed_for_its_memory_fails_RUNTIME_002(fields):
    (found,) = stays_within_its_memory(evidence(run(**fields)), manifest())
    assert "more memory" in found.message


def test_a_kill_by_the_kit_is_none_by_the_memory_limit():
    ended = run(status="timeout", exit_code=137, stdout="", seconds=12.0)
    assert isinstance(stays_within_its_memory(evidence(ended), manifest()), NotTested)
    seen = evidence(run(), run("killed", status="interrupted", exit_code=137, stdout=""))
    assert stays_within_its_memory(seen, manifest()) == []


def test_a_high_peak_alone_is_no_finding_for_it_counts_cached_files():
    assert stays_within_its_memory(evidence(run(peak_memory_bytes=2 * 1024**3)), manifest()) == []


def test_a_large_run_that_is_killed_for_its_memory_is_a_finding_of_RUNTIME_003_only():
    fed = FedDataset("source_data", "huggingface", {}, rows=100_000)
    seen = evidence(run(), run("many-rows", out_of_memory=True, datasets=(fed,), **KILLED))
    assert stays_within_its_memory(seen, manifest()) == []
    (found,) = adapts_to_small_limits(seen, manifest())
    assert "100,000 rows" in found.message
    assert "batches" in found.hint


def test_a_baseline_that_more_shared_memory_heals_fails_RUNTIME_003():
    (found,) = adapts_to_small_limits(evidence(run(**FAILED), run("diagnose-shared-memory")), manifest())
    assert found.location == "/dev/shm"


def test_a_bus_error_fails_RUNTIME_003():
    (found,) = adapts_to_small_limits(evidence(run(exit_code=135, stdout="")), manifest())
    assert "bus error" in found.message


def test_a_baseline_that_fails_for_other_reasons_is_no_matter_of_shared_memory():
    seen = evidence(run(**FAILED), run("diagnose-shared-memory", **FAILED))
    assert isinstance(adapts_to_small_limits(seen, manifest()), NotTested)
    assert adapts_to_small_limits(evidence(), manifest()) == []


def stopped(**fields):
    observed = {"signal": "SIGTERM", "moment": "it had begun to write its output", "stop_seconds": 0.4}
    observed |= fields.pop("observed", {})
    return run("terminated", **{"status": "interrupted", "exit_code": 143, "observed": observed, **fields})


def test_a_result_without_an_end_fails_RUNTIME_004():
    stray = run(status="timeout", exit_code=None, stdout=document())
    (found,) = behaves_as_process_1(evidence(stray), manifest())
    assert "printed its result and did not end" in found.message


def test_a_signal_that_does_not_arrive_fails_RUNTIME_004():
    deaf = stopped(exit_code=137, observed={"stop_seconds": 10.2})
    (found,) = behaves_as_process_1(evidence(run(), deaf), manifest())
    assert "SIGTERM did not end it" in found.message


def test_a_crowded_machine_cannot_time_a_signal():
    deaf = stopped(exit_code=137, observed={"stop_seconds": 10.2, "crowd": 8.5})
    assert isinstance(behaves_as_process_1(evidence(run(), deaf), manifest()), NotTested)


def test_a_machine_that_is_slow_to_kill_cannot_time_a_signal():
    deaf = stopped(exit_code=137, observed={"stop_seconds": 10.2})
    killed = run("killed", status="interrupted", exit_code=137, observed={"stop_seconds": 4.0})
    assert isinstance(behaves_as_process_1(evidence(run(), deaf, killed), manifest()), NotTested)


@pytest.mark.parametrize("code", [143, 1, 0, 130])
def test_an_end_after_sigterm_is_good_with_any_code(code):
    assert behaves_as_process_1(evidence(run(), stopped(exit_code=code)), manifest()) == []


@pytest.mark.parametrize("fields", [{"observed": {"moment": ""}}, {"status": "done", "exit_code": 0}])
def test_a_run_that_was_over_before_the_signal_says_nothing(fields):
    assert isinstance(behaves_as_process_1(evidence(run(), stopped(**fields)), manifest()), NotTested)


def test_without_an_interrupted_run_RUNTIME_004_is_not_tested():
    assert isinstance(behaves_as_process_1(evidence(), manifest()), NotTested)


def test_a_hang_without_a_result_is_no_matter_of_RUNTIME_004():
    hangs = run(status="timeout", exit_code=None, stdout="")
    assert isinstance(behaves_as_process_1(evidence(hangs), manifest()), NotTested)


def lines(*moments, seconds=1.0, **fields):
    log = tuple(LogChunk("stderr", at, b"step\n") for at in moments)
    return run(log=log, seconds=seconds, **fields)


def test_a_log_of_many_megabytes_fails_RUNTIME_005():
    (found,) = logs_but_not_too_much(evidence(run(stderr=b"x" * (9 * 1024**2))), manifest())
    assert "It logged 9 MiB" in found.message


def test_a_log_that_was_cut_fails_RUNTIME_005():
    (found,) = logs_but_not_too_much(evidence(run(log_truncated=True, stderr=b"x" * 1024**2)), manifest())
    assert "more than 1 MiB" in found.message


@pytest.mark.parametrize("moments", [(0.5, 100.0), (), (0.5,)])
def test_minutes_of_silence_fail_RUNTIME_005(moments):
    (found,) = logs_but_not_too_much(evidence(lines(*moments, seconds=120.0)), manifest())
    assert "logged nothing for" in found.message


def test_a_line_every_minute_is_enough_and_short_work_may_be_silent():
    assert logs_but_not_too_much(evidence(lines(50.0, 105.0, 160.0, seconds=200.0)), manifest()) == []
    assert logs_but_not_too_much(evidence(lines(seconds=55.0)), manifest()) == []


def test_streaming_is_never_decided():
    assert isinstance(same_bytes_streamed_or_not(evidence(), manifest()), NotTested)

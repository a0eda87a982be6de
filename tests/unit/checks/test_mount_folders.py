"""MOUNT-001 to -004 and -009 to -013: where an image writes, and what it leaves there."""

import pytest
from builders import document, evidence, manifest, produced, run

from conformance.checks.all import REGISTRY
from conformance.checks.mount import is_leftover
from conformance.findings import NotApplicable, NotTested
from conformance.outputs.facts import MORE, FileFacts

PATH = "/output/datasets/augmented_data.parquet"
FOLDER, FILE = FileFacts("datasets", "directory", mode=0o755), FileFacts("datasets/augmented_data.parquet", size=9)
NOTHING = manifest(output_datasets=())


def entry(path=PATH):
    return {"dataset_name": "augmented_data", "dataset_type": "huggingface", "dataset_path": path}


def wrote(scenario="baseline", *, path=PATH, output=(FOLDER, FILE), **fields):
    return run(
        scenario, stdout=document(generated_datasets=[entry(path)]), produced=(produced(path=path),), output=output,
        **fields,
    )  # fmt: skip


def refused(scenario="baseline", error="cannot do it", **fields):
    return run(scenario, stdout={"results": {"success": False, "error": error}}, exit_code=1, **fields)


def crashed(scenario="baseline", text="Traceback (most recent call last):\nKeyError: 'x'\n", **fields):
    return run(scenario, stdout=b"", stderr=text, exit_code=1, **fields)


def judged(requirement, *runs, by=None, **fields):
    return REGISTRY[requirement].function(evidence(*runs, **fields), by or manifest())


@pytest.mark.parametrize("name", ["MOUNT-001", "MOUNT-003", "MOUNT-010", "MOUNT-011", "MOUNT-012"])
def test_a_good_baseline_has_no_finding(name):
    assert judged(name, wrote()) == []


@pytest.mark.parametrize("name", ["MOUNT-001", "MOUNT-003", "MOUNT-009", "MOUNT-010", "MOUNT-011", "MOUNT-012"])
def test_a_baseline_that_fails_decides_nothing(name):
    assert isinstance(judged(name, crashed()), NotTested)


@pytest.mark.parametrize("name", ["MOUNT-001", "MOUNT-010", "MOUNT-011"])
def test_an_image_that_produces_nothing_is_not_concerned(name):
    assert isinstance(judged(name, run(), by=NOTHING), NotApplicable)


def test_a_listed_file_that_is_elsewhere_in_the_container_fails_MOUNT_001():
    (finding,) = judged("MOUNT-001", wrote(output=(), rootfs_changes=("C /app", "A /app/out/augmented_data.parquet")))
    place = "/app/out/augmented_data.parquet"
    assert finding.message == f"It writes augmented_data.parquet to {place}; expected it below /output."


@pytest.mark.parametrize("path", ["/tmp/a.parquet", "tmp/a.parquet"])
def test_a_listed_path_outside_of_output_fails_MOUNT_001(path):
    (finding,) = judged("MOUNT-001", wrote(path=path, output=(), rootfs_changes=("A /tmp/a.parquet",)))
    assert finding.location == "/tmp/a.parquet"


@pytest.mark.parametrize(
    "change",
    ["A /tmp/augmented_data.parquet", "A /app/augmented_data.parquet", "A /opt/.cache/x", "A /app/__pycache__/a.pyc"],
)  # fmt: skip
def test_scratch_files_and_caches_beside_the_results_do_not_fail_MOUNT_001(change):
    assert judged("MOUNT-001", wrote(rootfs_changes=(change,))) == []


def test_a_listed_path_that_is_the_mount_itself_is_no_matter_of_MOUNT_001():
    assert judged("MOUNT-001", wrote(path="/output", rootfs_changes=("C /output",))) == []


def test_a_listed_file_that_is_nowhere_is_no_matter_of_MOUNT_001():
    assert judged("MOUNT-001", wrote(output=(), rootfs_changes=("A /tmp/other.parquet",))) == []


def test_variables_that_are_not_needed_pass_MOUNT_002():
    assert judged("MOUNT-002", run("no-mount-variables")) == []


def test_a_variable_that_is_needed_fails_MOUNT_002():
    (finding,) = judged("MOUNT-002", crashed("no-mount-variables", "KeyError: 'OUTPUT_MOUNT_PATH'"))
    assert "KeyError: 'OUTPUT_MOUNT_PATH'" in finding.message


def test_without_the_run_MOUNT_002_is_not_tested():
    assert isinstance(judged("MOUNT-002", skipped={"no-mount-variables": "out of time"}), NotTested)


@pytest.mark.parametrize(
    "error", ["cannot write to /output/datasets: permission denied", "No such file: '/output/datasets/x.parquet'"]
)
def test_a_folder_that_is_not_made_fails_MOUNT_003(error):
    (finding,) = judged("MOUNT-003", refused(error=error))
    assert "it does not make (/output/datasets" in finding.message


@pytest.mark.parametrize(
    "error",
    [
        "will write /output/rows/x.csv\nno such model",
        "/output/datasets/x.parquet: disk full",
        "/output is not a mount",
        "no idea",
    ],
)
def test_another_failure_decides_nothing_of_MOUNT_003(error):
    assert isinstance(judged("MOUNT-003", refused(error=error, output=(FOLDER,))), NotTested)


SENTINEL = {"kit-foreign/notes.txt": "aa"}
KEPT = FileFacts("kit-foreign/notes.txt", sha256="aa")


def rerun(*files, **fields):
    return wrote("re-run", output=(FOLDER, FILE, *files), observed={"foreign": SENTINEL}, **fields)


def test_a_run_that_leaves_foreign_files_alone_passes_MOUNT_004():
    assert judged("MOUNT-004", wrote(), rerun(KEPT)) == []


def test_a_removed_file_fails_MOUNT_004():
    (finding,) = judged("MOUNT-004", wrote(), rerun())
    assert finding.message == "It removed kit-foreign/notes.txt, a file of another job."


def test_a_folder_with_more_files_than_were_looked_at_leaves_MOUNT_004_open():
    assert isinstance(judged("MOUNT-004", wrote(), rerun(FileFacts("", MORE))), NotTested)


def test_a_changed_file_fails_MOUNT_004():
    (finding,) = judged("MOUNT-004", wrote(), rerun(FileFacts("kit-foreign/notes.txt", sha256="bb")))
    assert finding.message == "It changed kit-foreign/notes.txt, a file of another job."


def test_earlier_results_that_are_removed_fail_MOUNT_004():
    again = wrote("re-run", path="/output/data-2.parquet", output=(FileFacts("data-2.parquet"),))
    (finding,) = judged("MOUNT-004", wrote(path="/output/data-1.parquet", output=(FileFacts("data-1.parquet"),)), again)
    assert "Results of an earlier run are gone: data-1.parquet" in finding.message


def test_new_names_beside_the_old_pass_MOUNT_004():
    both = (FileFacts("data-1.parquet"), FileFacts("data-2.parquet"))
    first = wrote(path="/output/data-1.parquet", output=both[:1])
    assert judged("MOUNT-004", first, wrote("re-run", path="/output/data-2.parquet", output=both)) == []


def test_an_image_that_wants_an_empty_folder_fails_MOUNT_004():
    again = refused("re-run", "/output is not empty", output=(FOLDER, FILE, KEPT), observed={"foreign": SENTINEL})
    (finding,) = judged("MOUNT-004", wrote(), wrote("repeat"), again)
    assert "does not tolerate files that are in /output already" in finding.message


def test_an_image_that_fails_now_and_then_is_not_blamed_for_it_by_MOUNT_004():
    again = crashed("re-run", output=(FOLDER, FILE, KEPT), observed={"foreign": SENTINEL})
    assert judged("MOUNT-004", wrote(), crashed("repeat"), again) == []


def test_a_re_run_that_does_not_end_decides_nothing_of_MOUNT_004():
    assert isinstance(judged("MOUNT-004", wrote(), rerun(status="timeout")), NotTested)


def test_an_image_that_needs_capabilities_fails_MOUNT_009():
    (finding,) = judged("MOUNT-009", crashed(text="setgid: Operation not permitted"), run("diagnose-capabilities"))
    assert finding.location == "capabilities"


def test_a_folder_of_its_own_that_is_not_enough_fails_MOUNT_009():
    (finding,) = judged("MOUNT-009", wrote(), refused("own-output", "cannot write to /output"))
    assert finding.scenario == "own-output"


def test_an_image_that_works_in_its_own_folder_passes_MOUNT_009():
    assert judged("MOUNT-009", wrote(), wrote("own-output")) == []


@pytest.mark.parametrize(
    ("entry_", "word"),
    [
        (FileFacts("a.parquet", mode=0o600), "read"),
        (FileFacts("a.parquet", mode=0o640), "read"),
        (FileFacts("d", "directory", mode=0o750), "enter"),
        (FileFacts("d", "directory", mode=0o754), "enter"),
    ],
)
def test_what_others_cannot_read_fails_MOUNT_010(entry_, word):
    (finding,) = judged("MOUNT-010", wrote(output=(entry_,)))
    assert finding.message.startswith(f"Other users cannot {word} {entry_.path} (mode 0")


def test_the_mode_of_a_link_does_not_matter_to_MOUNT_010():
    assert judged("MOUNT-010", wrote(output=(FOLDER, FILE, FileFacts("l", "symlink", mode=0)))) == []


@pytest.mark.parametrize(
    "entry_",
    [FileFacts("latest", "symlink", target="a"), FileFacts("s", "other"), FileFacts("_SUCCESS", "directory")],
)
@pytest.mark.parametrize("scenario", ["baseline", "kubernetes"])
def test_what_is_no_regular_file_fails_MOUNT_011(entry_, scenario):
    (finding,) = judged("MOUNT-011", wrote(scenario, output=(FOLDER, FILE, entry_)))
    assert (finding.scenario, finding.location) == (scenario, f"/output/{entry_.path}")


def test_a_listed_folder_without_files_fails_MOUNT_011():
    (finding,) = judged("MOUNT-011", wrote(path="/output/rows", output=(FileFacts("rows", "directory"),)))
    assert finding.message == "rows is an empty folder that means something."


def test_an_empty_folder_that_means_nothing_passes_MOUNT_011():
    assert judged("MOUNT-011", wrote(output=(FOLDER, FILE, FileFacts("reports", "directory")))) == []


@pytest.mark.parametrize(
    "path",
    ["cache/index.bin", ".cache/huggingface/x", "a.parquet.tmp", ".augmented.parquet.1f.part", "x.lock", "tmpab12_x9z",
     "tmpab12_x9z.parquet", "datasets/.nfs0001", "core", "core.17", "a~", "__pycache__/a.pyc", "d/cache-1f2e.arrow"],
)  # fmt: skip
def test_caches_and_temporary_files_are_leftovers(path):
    assert is_leftover(path)


@pytest.mark.parametrize(
    "path",
    ["README.md", "metadata.json", "run.log", "datasets/dataset_card.md", "core.parquet", "template.json", "cached.csv",
     "temperature/a.csv", "tmp_notes.md", "partial_results.csv", "lock.txt", "checksums.sha256", ".gitattributes"],
)  # fmt: skip
def test_files_that_may_be_meant_are_no_leftovers(path):
    assert not is_leftover(path)


def test_a_cache_beside_the_results_fails_MOUNT_012():
    left = [FileFacts(f"cache/{number}.bin") for number in range(5)]
    (finding,) = judged("MOUNT-012", wrote(output=(FOLDER, FILE, *left)))
    assert finding.message == (
        "Caches or temporary files are left in /output: cache/0.bin, cache/1.bin, cache/2.bin and 2 more."
    )


def test_a_cache_inside_a_listed_dataset_is_part_of_it():
    inside = (FileFacts("rows", "directory"), FileFacts("rows/cache-1f.arrow"))
    assert judged("MOUNT-012", wrote(path="/output/rows", output=inside)) == []


def test_an_image_that_works_on_a_read_only_root_passes_MOUNT_013():
    assert judged("MOUNT-013", run("read-only-root"), run("arbitrary-user")) == []


def test_a_root_that_must_be_writable_fails_MOUNT_013():
    (finding,) = judged("MOUNT-013", refused("read-only-root", "Read-only file system: /var/x"), run("arbitrary-user"))
    assert "Read-only file system" in finding.message


def test_a_home_that_must_be_writable_fails_MOUNT_013():
    homeless = crashed("arbitrary-user", "PermissionError: [Errno 13] Permission denied: '/.cache'")
    (finding,) = judged("MOUNT-013", run("read-only-root"), homeless)
    assert finding.location == "HOME"


def test_a_user_that_may_not_run_the_program_is_no_matter_of_MOUNT_013():
    assert judged("MOUNT-013", run("read-only-root"), crashed("arbitrary-user", "only root may do this")) == []

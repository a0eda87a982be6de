"""MOUNT: where an image reads and writes, and what it finds and leaves there (contract.md 2.6 and 6).

What a run left is in ``Run.output``; what it changed elsewhere in the container in ``Run.rootfs_changes``. A file
elsewhere is no violation by itself: images may keep caches and scratch files. Only results that are not where the host
looks for them are.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from conformance.checks import check
from conformance.checks.common import each, first_of_each, how_it_ended, must_succeed, quote
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested
from conformance.outputs.facts import MORE, FileFacts
from conformance.outputs.names import relative

MOST_NAMED = 3
NO_BASELINE = "the baseline did not end in success"
CHANGED = re.compile(r"^[AC] (?P<path>/.*)$", re.DOTALL)
ABSENCE = re.compile(
    r"no such|not found|non-?existent|does(n.t| not) exist|enoent|missing|cannot|can.t|could not|denied|failed to",
    re.IGNORECASE,
)
BELOW_OUTPUT = re.compile(r"/output(?:/[\w.@+-]+)+")
LEFTOVER_FOLDERS = frozenset(
    {"cache", ".cache", "caches", "tmp", ".tmp", "temp", ".temp", "__pycache__", "huggingface", ".huggingface",
     ".ipynb_checkpoints", "lost+found"}
)  # fmt: skip
LEFTOVER_FILES = (
    "*.tmp", "*.temp", "*.part", "*.partial", "*.incomplete", "*.lock", "*.pyc", "*.swp", "*~", ".~*", "*.bak", "*.pid",
    ".nfs*", "core", "core.[0-9]*", ".ds_store", "nohup.out", "cache-*.arrow",
)  # fmt: skip
TEMPORARY_NAME = re.compile(r"^tmp[a-z0-9_]{8}(\..*)?$")
MARKERS = re.compile(
    r"^[._]?(success|done|completed?|finished|ready|started|lock(ed)?)$|\.(done|ready|lock)$", re.IGNORECASE
)
HOME = re.compile(r"\bHOME\b|home directory|\.cache|/root\b|/nonexistent|/home/|expanduser|getpwuid", re.IGNORECASE)


def _good_baseline(evidence: Evidence) -> Run | None:
    run = evidence.run("baseline")
    return run if run is not None and run.status == "done" and run.claims_success else None


def _produces_nothing(manifest: Manifest, run: Run | None) -> NotApplicable | None:
    if manifest.output_datasets or manifest.reports or (run is not None and (run.entries() or run.produced)):
        return None
    return NotApplicable(f"no output dataset is declared ({manifest.line_of('output_datasets')})")


def _listed(run: Run) -> list[str]:
    """The paths that a run's document lists, relative to the output folder."""
    paths = [entry.get("dataset_path") for entry in run.entries()]
    paths += [entry.get("report_path") for entry in run.entries("generated_reports")]
    return [relative(path) for path in paths if isinstance(path, str) and path.strip()]


def _among(path: str, listed: list[str]) -> bool:
    """Whether a path is one of the listed ones, or inside one that is a folder."""
    return any(path == one or path.startswith(one + "/") for one in listed)


def _shown(paths: list[str]) -> str:
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return ", ".join(quote(path, 80) for path in paths[:MOST_NAMED]) + more


@check("MOUNT-001", "baseline")
def results_are_below_output(evidence: Evidence, manifest: Manifest) -> Judgement:
    """What a run lists is below /output, and not elsewhere in the container."""
    run = _good_baseline(evidence)
    if nothing := _produces_nothing(manifest, run):
        return nothing
    if run is None:
        return NotTested(NO_BASELINE)
    there = {one.path for one in run.output}
    elsewhere = [match["path"] for change in run.rootfs_changes if (match := CHANGED.match(change))]
    findings = []
    for key, word in (("generated_datasets", "dataset_path"), ("generated_reports", "report_path")):
        for entry in run.entries(key):
            stated = entry.get(word)
            if isinstance(stated, str) and stated.strip() and (place := _place_elsewhere(stated, there, elsewhere)):
                name = quote(posixpath.basename(stated), 80)
                message = f"It writes {name} to {quote(place, 120)}; expected it below /output."
                findings.append(Finding(message, run.scenario, quote(place)))
    return first_of_each(findings)


def _place_elsewhere(stated: str, there: set[str], elsewhere: list[str]) -> str:
    """Where in the container a listed file was written that is not in the output folder; empty if it is there."""
    normal = posixpath.normpath(posixpath.join("/", stated))
    if normal == "/output":
        return ""  # the mount itself: DATASET-004's matter
    if not normal.startswith("/output/"):
        return normal if normal in elsewhere else next((one for one in elsewhere if one.endswith(normal)), "")
    if relative(normal) in there:
        return ""
    name = posixpath.basename(normal)
    return next((one for one in elsewhere if posixpath.basename(one) == name and not one.startswith("/output")), "")


@check("MOUNT-002", "no-mount-variables")
def mount_variables_are_not_needed(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Without the variables /input and /output are used.

    That an image reads them is not asked: every host mounts at /input and /output, whatever the variables say.
    """
    return must_succeed(
        evidence, manifest, "no-mount-variables",
        "Without OUTPUT_MOUNT_PATH and INPUT_MOUNT_PATH it does not work with /output and /input",
    )  # fmt: skip


@check("MOUNT-003", "baseline")
def folders_are_made(evidence: Evidence, manifest: Manifest) -> Judgement:
    """In an empty output folder everything that is needed is made; a failure that misses a folder there shows it."""
    del manifest
    run = evidence.run("baseline")
    if run is None:
        return NotTested("the baseline was not run")
    if run.claims_success:
        return []
    said = run.error_text or run.merged[-4000:].decode("utf-8", "replace")
    there = {one.path for one in run.output}
    named = [path for line in said.splitlines() if ABSENCE.search(line) for path in BELOW_OUTPUT.findall(line)]
    missing = [path for path in named if not _folder_is_there(relative(path), there)]
    if not missing:
        return NotTested(NO_BASELINE)
    return [
        Finding(
            f"It needs a folder below /output that it does not make ({quote(missing[0], 80)}); observed: "
            f"{how_it_ended(run)}.", run.scenario, quote(missing[0]),
        )
    ]  # fmt: skip


def _folder_is_there(path: str, there: set[str]) -> bool:
    """Whether the folder that a path speaks of was made: for a file's path (it has a dot) the one it is in."""
    parent = posixpath.dirname(path) if "." in posixpath.basename(path) else path
    return not parent or parent in there


@check("MOUNT-004", "re-run")
def other_files_are_left_alone(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Files of another job, and an earlier job's results, survive; none of them is in the way."""
    del manifest
    run, baseline, repeat = evidence.run("re-run"), _good_baseline(evidence), evidence.run("repeat")
    if run is None or run.status != "done" or run.reason:
        return NotTested(evidence.skipped.get("re-run", "no run on a used output folder ended"))
    if any(one.kind == MORE for one in run.output):
        return NotTested("its output folder holds more entries than the kit looks at")
    findings = list(_foreign_files(run))
    if baseline is not None:
        now = {one.path for one in run.output}
        before = {one.path for one in baseline.output}
        gone = [path for path in _listed(baseline) if path in before and path not in now]
        if gone:
            message = f"Results of an earlier run are gone: {_shown(gone)}; expected them to stay or to be replaced."
            findings.append(Finding(message, run.scenario, f"/output/{quote(gone[0])}"))
    if not run.claims_success and (repeat is None or repeat.claims_success):
        findings.append(
            Finding(
                f"It does not tolerate files that are in /output already; observed: {how_it_ended(run)}.",
                run.scenario, "/output",
            )
        )  # fmt: skip
    return findings


def _foreign_files(run: Run) -> Iterator[Finding]:
    foreign = run.observed.get("foreign")
    now = {one.path: one for one in run.output}
    for path, digest in foreign.items() if isinstance(foreign, dict) else ():
        found = now.get(path)
        if found is None or found.kind != "file":
            yield Finding(f"It removed {quote(path)}, a file of another job.", run.scenario, f"/output/{quote(path)}")
        elif found.sha256 and found.sha256 != digest:
            yield Finding(f"It changed {quote(path)}, a file of another job.", run.scenario, f"/output/{quote(path)}")


@check("MOUNT-009", "own-output", "diagnose-capabilities")
def it_needs_no_capabilities(evidence: Evidence, manifest: Manifest) -> Judgement:
    """With all capabilities dropped it works in a folder that is open to all, and in one of its own user."""
    baseline, healed = evidence.run("baseline"), evidence.run("diagnose-capabilities")
    if baseline is not None and not baseline.claims_success:
        if healed is not None and healed.claims_success:
            message = "With all capabilities dropped it does not work, and with them it does"
            return [Finding(f"{message}; observed: {how_it_ended(baseline)}.", baseline.scenario, "capabilities")]
        return NotTested(NO_BASELINE)
    return must_succeed(
        evidence, manifest, "own-output",
        "With all capabilities dropped it does not work in an output folder of its own user",
    )  # fmt: skip


@check("MOUNT-010", "baseline")
def others_can_read_the_output(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Files are readable and folders can be entered by everybody."""
    run = _good_baseline(evidence)
    if nothing := _produces_nothing(manifest, run):
        return nothing
    if run is None:
        return NotTested(NO_BASELINE)
    return list(_closed(run))


def _closed(run: Run) -> Iterator[Finding]:
    for kind, needed, words in (("file", 0o004, "read"), ("directory", 0o005, "enter")):
        closed = [one for one in run.output if one.kind == kind and one.mode & needed != needed]
        if closed:
            yield Finding(
                f"Other users cannot {words} {_shown([one.path for one in closed])} (mode {closed[0].mode:04o}).",
                run.scenario, f"/output/{quote(closed[0].path)}",
            )  # fmt: skip


@check("MOUNT-011", "baseline", "kubernetes")
def only_regular_files_matter(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No links, sockets or empty folders that mean something: a host that copies files back loses them."""
    runs = [
        run for name in ("baseline", "kubernetes") if (run := evidence.run(name)) is not None and run.claims_success
    ]
    if nothing := _produces_nothing(manifest, runs[0] if runs else None):
        return nothing
    return each(runs, _lost, NO_BASELINE)


def _lost(run: Run) -> Iterator[Finding]:
    listed = _listed(run)
    for one in run.output:
        if one.kind == "symlink":
            yield Finding(f"{quote(one.path)} is a symbolic link to {quote(one.target, 80)}.", run.scenario, _at(one))
        elif one.kind == "other":
            yield Finding(f"{quote(one.path)} is neither a file nor a folder.", run.scenario, _at(one))
        elif one.kind == "directory" and _is_empty(one, run.output) and _means_something(one, listed):
            yield Finding(f"{quote(one.path)} is an empty folder that means something.", run.scenario, _at(one))


def _means_something(folder: FileFacts, listed: list[str]) -> bool:
    return folder.path in listed or MARKERS.search(PurePosixPath(folder.path).name) is not None


def _at(one: FileFacts) -> str:
    return f"/output/{quote(one.path)}"


def _is_empty(folder: FileFacts, entries: tuple[FileFacts, ...]) -> bool:
    return not any(one.path.startswith(folder.path + "/") for one in entries)


@check("MOUNT-012", "baseline")
def nothing_is_left_over(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Beside what the document lists there are no caches, locks and temporary files; other files may be meant."""
    del manifest
    run = _good_baseline(evidence)
    if run is None:
        return NotTested(NO_BASELINE)
    listed = _listed(run)
    files = [one.path for one in run.output if one.kind == "file" and not _among(one.path, listed)]
    left = [path for path in files if is_leftover(path)]
    if not left:
        return []
    message = f"Caches or temporary files are left in /output: {_shown(left)}."
    return [Finding(message, run.scenario, f"/output/{quote(left[0])}")]


def is_leftover(path: str) -> bool:
    """Whether a file's path says that it is a cache, a lock or a temporary file."""
    *folders, name = [part.lower() for part in PurePosixPath(path).parts]
    if LEFTOVER_FOLDERS & set(folders):
        return True
    return any(fnmatchcase(name, pattern) for pattern in LEFTOVER_FILES) or bool(TEMPORARY_NAME.match(name))


@check("MOUNT-013", "read-only-root", "arbitrary-user")
def a_read_only_root_is_enough(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Nothing but /tmp and /output has to be writable, and no home is needed."""
    judged = must_succeed(
        evidence, manifest, "read-only-root", "It does not work with a read-only root file system and a writable /tmp"
    )
    homeless = evidence.run("arbitrary-user")
    if isinstance(judged, list) and not judged and homeless is not None and _misses_home(homeless):
        message = f"It does not work without a home folder that it can write; observed: {how_it_ended(homeless)}."
        return [Finding(message, homeless.scenario, "HOME")]
    return judged


def _misses_home(run: Run) -> bool:
    if run.status != "done" or run.claims_success or run.reason:
        return False
    return HOME.search(run.error_text or run.merged[-4000:].decode("utf-8", "replace")) is not None

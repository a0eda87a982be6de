"""DSIN-001 to -006, -008 to -010, -016, -018 to -021: where an image finds its input, in which format and layout.

What it makes of the rows is `conformance.checks.dsin_content`. That a run
succeeds does not prove that it read its input, so every success is also looked at for traces of the rows that it was
given (`conformance.checks.traces`); an image that leaves no traces is believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from conformance.checks import check
from conformance.checks.common import first_of_each, how_it_ended, matching, quote
from conformance.checks.reading import (
    NO_BASELINE,
    NO_FILE_WORDS,
    basenames,
    failed_baseline,
    heals,
    no_inputs,
    no_rows,
    reads_rows,
    rows_fed,
    said,
    succeeded,
    unread,
)
from conformance.checks.traces import counts_rows, output_text, telling_texts
from conformance.contract.model import HUGGINGFACE, Manifest
from conformance.evidence import Evidence, Run
from conformance.findings import Finding, Judgement, NotApplicable, NotTested

ABSENT_WORDS = ("missing", "not given", "not provided", "required", "not found", "no dataset", "absent", "keyerror")
PARTS = ("column", "feature", "field")
BUILDERS = ("parquet", "json", "csv", "arrow")
REFUSING_WORDS = ("support", "accept", "only", "builder", "unknown", "not allowed", "not implemented")
RAW_MARKS = {"parquet": "PAR1", "arrow": "ARROW1"}
TYPES = re.compile(r"\b(d?types?|(large_)?string|u?int\d+|float\d*|double|bool|timestamp)\b")
SAME_TYPES = re.compile(
    r"\b(large_string|large_utf8|string_view|utf8_view|largeutf8|utf8view|largestring)\b", re.IGNORECASE
)


@check("DSIN-001", "baseline", "repeat", "dataset-order")
def datasets_stand_under_their_manifest_names(evidence: Evidence, manifest: Manifest) -> Judgement:
    """An image that was given all its datasets does not say that one is missing, and does not go by their order."""
    if nothing := no_inputs(manifest):
        return nothing
    run = failed_baseline(evidence)
    if run is None:
        return _finds_them_in_any_order(evidence) if succeeded(evidence) else NotTested(NO_BASELINE)
    if not _says_dataset_absent(run):
        return NotTested(NO_BASELINE)
    names = ", ".join(f"“{quote(fed.name, 80)}”" for fed in run.datasets)
    return [Finding(f"It was given {names} in input_datasets and did not find it; {how_it_ended(run)}.", run.scenario)]


def _finds_them_in_any_order(evidence: Evidence) -> Judgement:
    if evidence.run("dataset-order") is None:
        return []
    return reads_rows(evidence, "dataset-order", "It does not find its datasets when they are given in another order")


def _says_dataset_absent(run: Run) -> bool:
    """Whether the error speaks of an absent dataset, and not of an absent file or column."""
    text = said(run).lower()
    names = [fed.name for fed in run.datasets]
    if text.strip(" '\"") in [name.lower() for name in names]:
        return True
    others = (*PARTS, "file", *(name.lower() for name in basenames(run)))
    named = "input_datasets" in text or any(name.lower() in text for name in names)
    return named and any(word in text for word in ABSENT_WORDS) and not any(word in text for word in others)


@check("DSIN-002", "baseline", "odd-path")
def paths_are_relative_to_the_input_mount(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Paths are joined to the input mount, in sub-folders too, and whatever letters they have."""
    if nothing := no_inputs(manifest):
        return nothing
    run = failed_baseline(evidence)
    if run is not None:
        if heals(evidence, "diagnose-absolute-paths"):
            return [Finding("It needs absolute paths; expected: relative ones, joined to /input.", run.scenario)]
        if _says_file_absent(run):
            return [Finding(f"It does not find its input below /input; observed: {how_it_ended(run)}.", run.scenario)]
    if not succeeded(evidence):
        return NotTested(NO_BASELINE)
    if no_rows(manifest) or evidence.run("odd-path") is None:
        return []
    return reads_rows(evidence, "odd-path", "It does not read a file in a sub-folder, with a space and é in its name")


def _says_file_absent(run: Run) -> bool:
    """Whether the error says that a given file is not there, and not that something in it is missing."""
    text = said(run).lower()
    named = any(name.lower() in text for name in basenames(run))
    return named and any(word in text for word in NO_FILE_WORDS) and not any(word in text for word in PARTS)


@check("DSIN-003", "baseline")
def volumes_are_no_paths(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No run works better for having container paths in ``volumes``, and none writes to the host's paths."""
    del manifest
    run = failed_baseline(evidence)
    if heals(evidence, "diagnose-container-volumes"):
        message = "It works only where volumes names paths of the container; with Docker they are paths of the host"
        return [Finding(f"{message}. Baseline: {how_it_ended(run)}." if run else f"{message}.", "baseline")]
    if not succeeded(evidence):
        return NotTested(NO_BASELINE)
    baseline = evidence.run("baseline")
    return first_of_each(_writes_to_volumes(baseline)) if baseline is not None else []


def _writes_to_volumes(run: Run) -> Iterator[Finding]:
    for path in _volumes(run):
        if any(path in change for change in run.rootfs_changes):
            yield Finding(f"It writes to {quote(path, 120)} in the container, a path of the host.", run.scenario, path)


def _volumes(run: Run) -> list[str]:
    """The values of ``volumes`` as the run was given them."""
    arguments = list(run.arguments)
    try:
        given = json.loads(arguments[arguments.index("--generation-params") + 1])
    except (ValueError, IndexError):
        return []
    volumes = given.get("volumes") if isinstance(given, dict) else None
    values = volumes.values() if isinstance(volumes, dict) else ()
    return [one for one in values if isinstance(one, str) and one.startswith("/") and one not in ("/input", "/output")]


@check("DSIN-004", "baseline", "repeat", "offer-*", "format-*")
def each_builder_works_or_is_refused(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Every format is read as what it is, or refused by name, and one at least is read."""
    if nothing := no_rows(manifest):
        return nothing
    if not succeeded(evidence):
        return _no_format_works(evidence)
    return first_of_each(finding for run in matching(evidence, "format-*") for finding in _format(evidence, run))


def _no_format_works(evidence: Evidence) -> Judgement:
    """Judged only if every format that was offered was refused for being what it is."""
    runs = matching(evidence, "baseline", "offer-*")
    offered = {fed.builder for run in runs for fed in run.datasets if fed.type == HUGGINGFACE}
    if len(offered) < 2 or not all(run.refused_cleanly and _names_format(run) for run in runs):
        return NotTested(NO_BASELINE)
    names = ", ".join(sorted(offered))
    return [Finding(f"No format works; it was offered {names}. Its last word: {how_it_ended(runs[-1])}.", "baseline")]


def _names_format(run: Run) -> bool:
    text = _without_files(run)
    return any(name in text for name in (*BUILDERS, "builder"))


def _builder(run: Run) -> str:
    """The loader's name for the format that a run was given."""
    names = [str((fed.definition.get("loader_params") or {}).get("builder_name")) for fed in rows_fed(run)]
    return names[0] if names else ""


def _format(evidence: Evidence, run: Run) -> Iterator[Finding]:
    builder = _builder(run)
    expected = f"It was given {builder} files and neither reads them nor refuses them by name"
    if run.claims_success:
        if mark := _raw_mark(evidence, run, builder):
            yield Finding(f"It reads {builder} as another format: its output holds “{quote(mark, 80)}”.", run.scenario)
        else:
            yield from unread(evidence, run, f"It does not read {builder} files as they are")
    elif not run.refused_cleanly:
        yield Finding(f"{expected}; observed: {how_it_ended(run)}.", run.scenario)
    elif problem := _unnamed(run, builder):
        yield Finding(f"{expected}: {problem}; observed: {how_it_ended(run)}.", run.scenario)


def _raw_mark(evidence: Evidence, run: Run, builder: str) -> str:
    """What only the bytes of such a file hold, if the output has it and the baseline's has not; else nothing."""
    before = "\n".join(output_text(one) for one in matching(evidence, "baseline", "repeat"))
    now = output_text(run)
    marks = [RAW_MARKS[builder]] if builder in RAW_MARKS else []
    for fed in rows_fed(run):
        if builder == "csv" and len(fed.columns) > 1:
            marks += [",".join(fed.columns), ",".join(f'"{name}"' for name in fed.columns)]
            marks += _opened_quotes(run)
        if builder == "json":
            marks += [f'"{name}":' for name in fed.columns[:1]]
    return next((mark for mark in marks if mark in now and mark not in before), "")


def _opened_quotes(run: Run) -> list[str]:
    """The beginnings of cells that hold one text of the input behind a quote: CSV that was split at its commas."""
    texts = [text for fed in rows_fed(run) for column in telling_texts(fed).values() for text in column.values()]
    cells = [cell for facts in run.produced for row in facts.sample for cell in row.values() if isinstance(cell, str)]
    return [f'"{text}' for text in texts if any(cell.startswith(f'"{text}') for cell in cells)]


def _unnamed(run: Run, builder: str) -> str:
    """Why an error does not name the builder: not at all, or only as a file's name while it speaks of another one."""
    text = said(run).lower()
    if _speaks_of_a_type(run, text):
        return ""
    if builder not in text:
        return "its error does not name the format"
    text = _without_files(run)
    others = [other for other in BUILDERS if other != builder and other in text]
    if builder not in text and others and not any(word in text for word in REFUSING_WORDS):
        return f"it reads them as {others[0]}"
    return ""


def _speaks_of_a_type(run: Run, text: str) -> bool:
    """Whether it read the format as what it is, and refuses the type of a column: DSIN-016's and DSIN-021's matter."""
    columns = [column.lower() for fed in rows_fed(run) for column in fed.columns]
    return TYPES.search(text) is not None and any(column in text for column in columns)


def _without_files(run: Run) -> str:
    """What a failed run says, without the names of files read or written, whose extensions are the formats' names."""
    text = re.sub(r"/output/\S*", "", said(run).lower())
    for name in sorted(basenames(run), key=len, reverse=True):
        text = text.replace(name.lower(), "")
    return text


@check("DSIN-005", "baseline", "repeat", "file-list")
def lists_of_files_are_read(evidence: Evidence, manifest: Manifest) -> Judgement:
    """``data_files`` may be a list, and all its files are read."""
    if nothing := no_rows(manifest):
        return nothing
    judgement = reads_rows(evidence, "file-list", "It does not read all of a list of data_files")
    run = evidence.run("file-list")
    first = {-(-fed.rows // len(fed.files)) for fed in rows_fed(run) if len(fed.files) > 1} if run else set()
    if run is not None and judgement == [] and len(first) == 1 and counts_rows(evidence, run, first.pop()):
        return [Finding("Of a list of data_files only the first is used: its rows alone come out.", run.scenario)]
    return judgement


@check("DSIN-006", "baseline", "repeat", "directory")
def folders_of_files_are_read(evidence: Evidence, manifest: Manifest) -> Judgement:
    """``data_dir`` is read like a file."""
    return no_rows(manifest) or reads_rows(evidence, "directory", "It does not read a data_dir")


@check("DSIN-008", "baseline", "legacy-host", "newer-host")
def keys_may_be_null_absent_or_unknown(evidence: Evidence, manifest: Manifest) -> Judgement:
    """The ten keys with nulls (baseline), the four of older hosts, and keys that nobody knows yet."""
    if nothing := no_inputs(manifest):
        return nothing
    if heals(evidence, "diagnose-few-loader-keys"):
        return [Finding("It fails over keys of a dataset's definition that are null, and works without.", "baseline")]
    if not succeeded(evidence):
        return NotTested(NO_BASELINE)
    findings = []
    for name, words in (("legacy-host", "without the keys of newer hosts"), ("newer-host", "with unknown keys")):
        run = evidence.run(name)
        if run is not None and not run.claims_success and not (name == "legacy-host" and _wants_metadata(run)):
            message = f"It does not read a dataset's definition {words}; observed: {how_it_ended(run)}."
            findings.append(Finding(message, name))
    return findings


def _wants_metadata(run: Run) -> bool:
    """An older host sends no metadata either; an image that needs it fails META-002."""
    return any(word in said(run).lower() for word in ("metadata", "user_id", "job_id", "parent_id", "job_type"))


@check("DSIN-009", "baseline", "other-types-*")
def every_type_of_a_list_works(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Each declared type is read as what it is."""
    if nothing := no_inputs(manifest):
        return nothing
    if all(len(dataset.types) < 2 for dataset in manifest.input_datasets):
        return NotApplicable(f"no input dataset has a list of types ({manifest.line_of('input_datasets')})")
    runs = matching(evidence, "other-types-*")
    if not runs:
        reasons = [reason for name, reason in sorted(evidence.skipped.items()) if name.startswith("other-types-")]
        return NotTested(reasons[0] if reasons else "no run was given another declared type")
    return [
        Finding(f"It does not read {_types(run)}, a declared type; observed: {how_it_ended(run)}.", run.scenario)
        for run in runs
        if not run.claims_success and not _cannot_decode(run)
    ]


def _types(run: Run) -> str:
    return ", ".join(f"“{quote(fed.name, 80)}” as {quote(fed.type, 40)}" for fed in run.datasets)


def _cannot_decode(run: Run) -> bool:
    """A text whose letters are the trouble was read as text: that is DSIN-017's."""
    text = said(run).lower()
    return any(fed.type == "txt" for fed in run.datasets) and any(word in text for word in ("codec", "utf-8", "ascii"))


@check("DSIN-010", "baseline", "repeat", "split", "streaming")
def split_and_streaming_are_honoured(evidence: Evidence, manifest: Manifest) -> Judgement:
    """What is outside of the split does not come out; what cannot be honoured is refused cleanly."""
    if nothing := no_rows(manifest):
        return nothing
    runs = matching(evidence, "split", "streaming")
    if not runs:
        return NotTested(evidence.skipped.get("split", "no run asked for a split"))
    findings = []
    for run in runs:
        if not run.claims_success and not run.refused_cleanly:
            message = f"It neither honours nor refuses {run.scenario}; observed: {how_it_ended(run)}."
            findings.append(Finding(message, run.scenario))
        elif run.claims_success and run.scenario == "split" and (shown := _outside_of_split(evidence, run)):
            findings.append(Finding(f"It was asked for split train[:1] and ignores it: {shown}.", run.scenario))
    return findings


def _outside_of_split(evidence: Evidence, run: Run) -> str:
    words = output_text(run)
    for fed in rows_fed(run):
        for column, texts in telling_texts(fed).items():
            if any(row > 0 and text in words for row, text in texts.items()):
                return f"its output shows later rows of “{quote(column, 80)}”"
    rows = {fed.rows for fed in rows_fed(run)}
    return (
        "its output has as many rows as all would give"
        if len(rows) == 1 and counts_rows(evidence, run, rows.pop())
        else ""
    )


@check("DSIN-016", "baseline", "format-csv", "format-json", "format-jsonl", "format-arrow", "format-parquet")
def text_types_are_one_family(evidence: Evidence, manifest: Manifest) -> Judgement:
    """No format's way of storing text is a reason to refuse it."""
    if nothing := no_rows(manifest):
        return nothing
    runs = matching(evidence, "format-*")
    findings = [
        Finding(f"It refuses text for the way it is stored; observed: {how_it_ended(run)}.", run.scenario)
        for run in (*runs, *matching(evidence, "baseline"))
        if not run.claims_success and SAME_TYPES.search(said(run))
    ]
    read = any(run.claims_success for run in matching(evidence, "format-csv"))
    csv_baseline = succeeded(evidence) and any(_builder(run) == "csv" for run in matching(evidence, "baseline"))
    if findings or read or csv_baseline:
        return first_of_each(findings)
    if succeeded(evidence) and evidence.run("format-csv") is None and "format-csv" not in evidence.skipped:
        return NotTested("no CSV file can hold its columns, and other files store text as string", observable=False)
    return NotTested("no CSV input was read, and other files store text as string")


@check("DSIN-018", "baseline", "kubernetes")
def the_input_stays_as_it_was(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Nothing below the input mount differs after a run, also where it could be written to."""
    del manifest
    looked_at = [run for run in evidence.runs if run.status != "engine-error"]
    findings = [
        Finding(f"It changes its input: {', '.join(quote(one, 80) for one in run.input_changes[:5])}.", run.scenario)
        for run in looked_at
        if run.input_changes
    ]
    if findings or evidence.run("kubernetes") is not None:
        return findings[:1]
    return NotTested(evidence.skipped.get("kubernetes", "no run had an input folder that it could write to"))


@check("DSIN-019", "baseline")
def hub_datasets_are_optional(evidence: Evidence, manifest: Manifest) -> Judgement:
    """A permission: the kit has no hub from which it could give a dataset."""
    del evidence
    return no_rows(manifest) or NotTested(
        "optional; the kit is no hub, so it gives no dataset from one", observable=False
    )


@check("DSIN-020", "baseline")
def remote_code_stays_off(evidence: Evidence, manifest: Manifest) -> Judgement:
    """What an image passes to its loader shows only where a dataset brings code of its own."""
    del evidence
    return no_rows(manifest) or NotTested(
        "no dataset with code of its own is given, so nothing shows what it allows", observable=False
    )


@check("DSIN-021", "baseline", "format-*")
def every_fitting_builder_works(evidence: Evidence, manifest: Manifest) -> Judgement:
    """Every format that can carry the declared features is read."""
    if nothing := no_rows(manifest):
        return nothing
    if not succeeded(evidence):
        return NotTested(NO_BASELINE)
    return [
        Finding(f"It does not read {run.scenario.removeprefix('format-')} files; {how_it_ended(run)}.", run.scenario)
        for run in matching(evidence, "format-*")
        if not run.claims_success
    ]

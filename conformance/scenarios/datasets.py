"""The runs that ask how an image reads its input: formats, layouts, shapes, faults, paths that it must not follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.features import MEDIA
from conformance.contract.model import HUGGINGFACE, Feature, InputDataset, Manifest
from conformance.inputs.datasets import builders_for
from conformance.inputs.formats import last_resorts_for
from conformance.inputs.plan import DatasetPlan, Defect
from conformance.scenarios.model import Expectation, Scenario
from conformance.scenarios.ordinary import BASELINE, all_datasets, baseline, has_rows, row_datasets
from conformance.scenarios.recipe import Recipe, builders

MOST_MISSING = 2
MEDIA_SHARE = 20
"""A row with a picture or sound weighs as much as so many others."""


def scenarios(manifest: Manifest, recipe: Recipe) -> Iterator[Scenario]:
    """Every scenario about declared input datasets; none where the manifest declares none."""
    if not manifest.input_datasets:
        return
    base = replace(baseline(manifest, recipe), builds_on=(BASELINE,), options={})
    yield from _absent(manifest, base)
    yield from _faulty_files(manifest, recipe, base)
    yield from _other_types(manifest, recipe, base)
    yield from _documents(manifest, recipe, base)
    yield from _definitions(manifest, base)
    if has_rows(manifest):
        yield from _formats(manifest, recipe, base)
        yield from _layouts(manifest, recipe, base)
        yield from _shapes(manifest, recipe, base)
    yield from _escapes(manifest, recipe, base)


def _absent(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    required = [dataset.name for dataset in manifest.input_datasets if dataset.required]
    for name in required[:MOST_MISSING]:
        others = {other: plan for other, plan in base.datasets.items() if other != name}
        yield replace(
            base, name=f"missing-dataset-{name}", code="S05", datasets=others, expects="failure",
            question=f"Does it say that its required dataset “{name}” was not given?",
        )  # fmt: skip
    if required and len(manifest.input_datasets) > 1:
        yield replace(
            base, name="no-datasets", code="S05", datasets={}, expects="failure",
            question="Does it say what is missing when no dataset is given at all?",
        )  # fmt: skip


def _faulty_files(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    """One dataset is faulty at a time: of those that have what is to be broken, the first required one.

    What is most often checked for one dataset and forgotten for the other, a missing file or column, is asked of a
    second required one too.
    """
    inputs = sorted(manifest.input_datasets, key=lambda one: not one.required)
    rows = [one for one in inputs if one.types[:1] == (HUGGINGFACE,)]
    with_required = [one for one in rows if any(feature.required for feature in one.features)]
    expects: Expectation = "failure"

    def faulty(
        name: str, code: str, defect: Defect, question: str, dataset: InputDataset = inputs[0], **changes: object
    ) -> Scenario:
        plan = recipe.plan_for(dataset, defect=defect, **changes)
        datasets = {**base.datasets, dataset.name: plan}
        return replace(base, name=name, code=code, datasets=datasets, expects=expects, question=question)

    yield faulty("missing-file", "S06", "missing-file", "Does it name the input file that is not there?")
    question = "Does it miss one file of a list, and where does its error stand in one ordered stream?"
    yield replace(faulty("missing-file-joined", "S06", "missing-file", question, layout="list"), joined=True)
    if others := [one for one in inputs[1:] if one.required]:
        question = f"Does it name the input file of “{others[0].name}” that is not there?"
        yield faulty("missing-other-file", "S06", "missing-file", question, others[0])
    yield faulty("corrupt-file", "S07", "corrupt", "Does it refuse an input file that cannot be read?")
    if with_required:
        yield faulty(
            "missing-column", "S07", "missing-column", "Does it name a required column that is missing?",
            with_required[0],
        )  # fmt: skip
    if others := [one for one in with_required[1:] if one.required]:
        question = f"Does it name a required column of “{others[0].name}” that is missing?"
        yield faulty("missing-other-column", "S07", "missing-column", question, others[0])
    if rows:
        yield faulty(
            "empty-directory", "S06", "empty-directory", "Does it refuse a data_dir without files?", rows[0],
            layout="directory",
        )  # fmt: skip
        expects = "either"
        yield faulty(
            "wrong-dtype", "S07", "wrong-dtype", "Does it convert or refuse a column of another dtype?", rows[0]
        )


def _other_types(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    """Each further type of every type list, as many at once as the datasets allow."""
    most = max(len(dataset.types) for dataset in manifest.input_datasets)
    for index in range(1, most):
        datasets, kinds = dict(base.datasets), []
        others = [dataset for dataset in manifest.input_datasets if index < len(dataset.types)]
        for dataset in others:
            datasets[dataset.name] = recipe.plan_for(dataset, type=dataset.types[index])
            kinds.append(f"{dataset.name} as {dataset.types[index]}")
        yield replace(
            base, name=f"other-types-{index}", code="S01", datasets=datasets,
            options=_offers([dataset for dataset in others if dataset.types[index] == HUGGINGFACE]),
            question=f"Does it accept every declared type ({', '.join(kinds)})?",
        )  # fmt: skip


def _offers(rows: list[InputDataset]) -> dict[str, object]:
    """The formats in which datasets are offered that the baseline gave as documents (`conformance.runs.offering`)."""
    if not rows:
        return {}
    each = [(*builders_for(dataset), *last_resorts_for(dataset)) for dataset in rows]
    common = tuple(builder for builder in each[0] if all(builder in one for one in each))
    return {"offers": common, "offered": tuple(dataset.name for dataset in rows)} if common else {}


def _documents(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    """Every dataset that can be a document as one, in a sub-folder."""
    documents = {
        dataset.name: recipe.plan_for(dataset, type=kinds[0], layout="subfolder")
        for dataset in manifest.input_datasets
        if (kinds := [kind for kind in dataset.types if kind != HUGGINGFACE])
    }
    if documents:
        yield replace(
            base, name="document-folders", code="S13", datasets={**base.datasets, **documents},
            question="Does it read documents two folders down?",
        )  # fmt: skip


def _definitions(manifest: Manifest, base: Scenario) -> Iterator[Scenario]:
    if sum(dataset.required for dataset in manifest.input_datasets) > 1:
        yield replace(
            base, name="dataset-order", code="S26", datasets=dict(reversed(list(base.datasets.items()))),
            question="Does it find its datasets by their names, in whatever order they are given?",
        )  # fmt: skip
    yield replace(
        base, name="newer-host", code="S26", options={"unknown_keys": True},
        question="Does it work with a newer host: keys in a dataset's definition that nobody knows yet?",
    )  # fmt: skip


def _formats(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    for builder in builders(manifest):
        if recipe.builders or builder != recipe.builder:
            yield replace(
                base, name=f"format-{builder}", code="S13", expects="either",
                datasets=row_datasets(manifest, recipe, builder=builder),
                question=f"Does it read {builder} files, or refuse them by name?",
            )  # fmt: skip


def _layouts(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    def laid_out(name: str, question: str, expects: Expectation = "success", **changes: object) -> Scenario:
        datasets = row_datasets(manifest, recipe, **changes)
        return replace(base, name=name, code="S13", datasets=datasets, question=question, expects=expects)

    yield laid_out("file-list", "Does it read a list of data_files?", layout="list")
    yield laid_out("directory", "Does it read a data_dir?", layout="directory")
    yield laid_out(
        "odd-path", "Does it read a file in a sub-folder, with a space and é in its name?", layout="odd-name"
    )
    yield laid_out("split", "Does it honour split, or refuse it?", "either", split="train[:1]", rows=4)
    yield laid_out("streaming", "Does it honour streaming, or refuse it?", "either", streaming=True, split="train")


def _shapes(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    def shaped(name: str, code: str, question: str, expects: Expectation = "success", **changes: object) -> Scenario:
        datasets = row_datasets(manifest, recipe, **changes)
        return replace(base, name=name, code=code, datasets=datasets, question=question, expects=expects)

    yield shaped("mapping", "S12", "Does it apply the mapping of column names?", renamed=True)
    yield shaped(
        "extra-columns", "S14", "Does it ignore extra columns and their order?", extra_columns=True, shuffled=True
    )
    yield shaped("no-rows", "S14", "Does it cope with a dataset without rows?", "either", defect="no-rows")
    if any(not feature.required for dataset in manifest.input_datasets for feature in dataset.features):
        yield shaped("null-cells", "S14", "Does it cope with missing values?", "either", nulls=True)
    yield shaped(
        "wild-text", "S14", "Does it keep text of every language, and treat it as data?", "either", wild_text=True
    )


def _escapes(manifest: Manifest, recipe: Recipe, base: Scenario) -> Iterator[Scenario]:
    """S31: paths that the host forwards unsanitised; what the image would read there is a canary of the kit's."""
    required = [one for one in manifest.input_datasets if one.required] or list(manifest.input_datasets)
    for dataset, name, location, words in (
        (required[0], "escape-relative", "../canary/{file}", "climbs out of the input folder"),
        (required[-1], "escape-absolute", "/canary/{file}", "is absolute"),
        (required[0], "escape-url", "{url}/{file}", "is a URL"),
    ):
        plan: DatasetPlan = recipe.plan_for(dataset, layout="file")
        yield replace(
            base, name=name, code="S31", datasets={**base.datasets, dataset.name: plan}, expects="failure",
            options={"escape": location, "escape_dataset": dataset.name},
            question=f"Does it refuse an input path that {words}?",
        )  # fmt: skip


def large(manifest: Manifest, recipe: Recipe, rows: int) -> dict[str, DatasetPlan]:
    """Every dataset of rows with many of them, of those with pictures or sound fewer; documents stay as they are."""
    if not has_rows(manifest):
        return all_datasets(manifest, recipe)
    many, fewer = (row_datasets(manifest, recipe, rows=number) for number in (rows, rows // MEDIA_SHARE))
    heavy = {one.name for one in manifest.input_datasets if any(_has_media(feature) for feature in one.features)}
    return {name: fewer[name] if name in heavy else plan for name, plan in many.items()}


def _has_media(feature: Feature) -> bool:
    within = (*feature.fields, *([feature.element] if feature.element else []))
    return feature.kind in MEDIA or any(_has_media(one) for one in within)

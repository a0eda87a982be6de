"""What is written loads as declared, in every format that can carry it, in every layout."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from conformance.contract.features import canonical
from conformance.contract.model import Feature, InputDataset
from conformance.errors import UsageError
from conformance.inputs import media
from conformance.inputs.datasets import builders_for, can_carry, use_sample, write_dataset
from conformance.inputs.explore import features as any_feature
from conformance.inputs.feature_types import DTYPES, hf_metadata, tidy
from conformance.inputs.formats import LOADER, NEGOTIATION
from conformance.inputs.plan import DatasetPlan
from conformance.inputs.words import CANARIES

datasets.disable_progress_bars()

TEXT = Feature("text", dtype="string", required=True)
LABEL = Feature("label", dtype="string")
COUNT = Feature("count", dtype="int64")
REVIEWS = InputDataset("source_data", features=(TEXT, LABEL))
MIXED = InputDataset("mixed", features=(replace(TEXT, name="body"), COUNT, Feature("price", dtype="float64")))


def load(fed, folder, cache):
    """Load as the host's library does: paths below the mount, split train, columns renamed by the mapping."""
    loader = fed.definition["loader_params"]
    files = loader["data_files"]
    listed = [str(folder / file) for file in files] if isinstance(files, list) else files and str(folder / files)
    data_dir = loader["data_dir"] and str(folder / loader["data_dir"])
    loaded = datasets.load_dataset(
        loader["builder_name"], data_files=listed, data_dir=data_dir, split=loader["split"] or "train",
        cache_dir=str(cache),
    )  # fmt: skip
    return loaded.rename_columns(fed.definition["mapping"])


def hf(feature):
    """The feature as the library has it, written down independently of the kit's own translation."""
    if feature.kind == "List":
        return datasets.List(hf(feature.element), length=feature.length or -1)
    if feature.kind == "Dict":
        return {field.name: hf(field) for field in feature.fields}
    if feature.kind == "ClassLabel":
        return datasets.ClassLabel(names=list(feature.names))
    return {"Image": datasets.Image(), "Audio": datasets.Audio(), "Video": datasets.Video()}.get(
        feature.kind, datasets.Value(canonical(feature.dtype)) if feature.dtype else None
    )


def hf_of(features):
    return datasets.Features({feature.name: hf(feature) for feature in tidy(features)})


EVERY_KIND = (
    Feature("image", kind="Image"), Feature("audio", kind="Audio"), Feature("video", kind="Video"),
    Feature("label", kind="ClassLabel", names=("bad", "good")),
    Feature("tags", kind="List", element=Feature("", dtype="string")),
    Feature("vector", kind="List", element=Feature("", dtype="float32"), length=3),
    Feature("person", kind="Dict", fields=(
        Feature("name", dtype="string"),
        Feature("visits", kind="List", element=Feature("", kind="Dict", fields=(Feature("day", dtype="date32"),))),
    )),
    Feature("pictures", kind="List", element=Feature("", kind="Image")),
    Feature("some_list", kind="List", element=Feature("", kind="List")),
    Feature("some_dicts", kind="List", element=Feature("", kind="Dict")),
    Feature("some_labels", kind="List", element=Feature("", kind="ClassLabel")),
)  # fmt: skip


@pytest.mark.parametrize("builder", ["parquet", "arrow"])
def test_every_dtype_loads_as_declared_where_the_format_can_carry_it(builder, tmp_path):
    columns = tuple(Feature(f"column_{number}", dtype=dtype) for number, dtype in enumerate(DTYPES))
    columns = tuple(column for column in columns if can_carry([column], builder))
    fed = write_dataset(InputDataset("d", features=columns), DatasetPlan(builder=builder), tmp_path)
    assert load(fed, tmp_path, tmp_path / "cache").features == hf_of(columns)


def test_parquet_carries_32_of_35_dtypes_and_arrow_all():
    assert len(DTYPES) == len(set(DTYPES)) == 35
    missing = [dtype for dtype in DTYPES if not can_carry([Feature("x", dtype=dtype)], "parquet")]
    assert sorted(missing) == ["date64", "time32[s]", "timestamp[s]"]
    assert all(can_carry([Feature("x", dtype=dtype)], "arrow") for dtype in DTYPES)


@pytest.mark.parametrize("builder", ["parquet", "arrow"])
def test_every_kind_of_feature_loads_as_declared(builder, tmp_path):
    fed = write_dataset(InputDataset("d", features=EVERY_KIND), DatasetPlan(builder=builder), tmp_path)
    loaded = load(fed, tmp_path, tmp_path / "cache")
    assert loaded.features == hf_of(EVERY_KIND)
    assert loaded.num_rows == 6


def test_the_metadata_is_the_one_that_the_library_writes():
    written = json.loads(hf_metadata(tidy(EVERY_KIND))[b"huggingface"])
    assert written == json.loads(hf_of(EVERY_KIND).arrow_schema.metadata[b"huggingface"])


def test_plain_columns_need_no_metadata():
    assert hf_metadata((TEXT, COUNT, EVERY_KIND[4])) == {}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(any_feature(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)), min_size=1, max_size=5))
def test_any_features_are_written_with_the_schema_of_the_library(tmp_path_factory, columns):
    folder = tmp_path_factory.mktemp("any")
    dataset = InputDataset("d", features=tuple(columns))
    fed = write_dataset(dataset, DatasetPlan(rows=3, nulls=True, builder="arrow"), folder)
    with pa.ipc.open_stream(folder / fed.files[0]) as stream:
        assert stream.schema.equals(hf_of(columns).arrow_schema, check_metadata=False)
    parquet = write_dataset(dataset, DatasetPlan(rows=3, nulls=True), folder)
    assert pq.read_metadata(folder / parquet.files[0]).num_rows == 3
    assert json.loads(json.dumps(parquet.sample)) == list(fed.sample)


@pytest.mark.parametrize("builder", NEGOTIATION)
def test_every_format_gives_back_the_same_rows(builder, tmp_path):
    fed = write_dataset(MIXED, DatasetPlan(builder=builder, wild_text=True), tmp_path)
    assert can_carry(MIXED.features, builder)
    assert load(fed, tmp_path, tmp_path / "cache").to_list() == list(fed.sample)
    assert fed.definition["loader_params"]["builder_name"] == LOADER[builder]


@pytest.mark.parametrize("builder", NEGOTIATION)
@pytest.mark.parametrize("layout", ["file", "list", "directory", "subfolder", "odd-name"])
def test_every_layout_loads_in_every_format(layout, builder, tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(builder=builder, layout=layout), tmp_path)
    rows = load(fed, tmp_path, tmp_path / "cache").to_list()
    assert [{**row, "text": row["text"].removesuffix(', so "to speak"')} for row in rows] == list(fed.sample)
    assert all((tmp_path / file).is_file() for file in fed.files)
    assert len(fed.files) == (2 if layout in ("list", "directory") else 1)


@pytest.mark.parametrize("builder", NEGOTIATION)
def test_missing_values_keep_the_types_of_their_columns(builder, tmp_path):
    fed = write_dataset(MIXED, DatasetPlan(builder=builder, nulls=True), tmp_path)
    loaded = load(fed, tmp_path, tmp_path / "cache")
    assert [loaded.features[name].dtype for name in ("count", "price")] == ["int64", "float64"]
    assert None in loaded["price"]
    assert None not in loaded["body"]


@pytest.mark.parametrize("name", ["test", "validation", "a/b", "../x", "[*]?", "", "é" * 200, ".hidden", "__x"])
def test_a_hostile_dataset_name_stays_below_the_folder_and_loads(name, tmp_path):
    folder = tmp_path / "input"
    for layout in ("file", "directory"):
        fed = write_dataset(replace(REVIEWS, name=name), DatasetPlan(layout=layout), folder)
        assert load(fed, folder, tmp_path / "cache").num_rows == 6
    assert {path.name for path in tmp_path.iterdir()} == {"input", "cache"}


def test_a_renamed_dataset_is_restored_by_its_mapping(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(renamed=True, extra_columns=True, shuffled=True), tmp_path)
    assert fed.columns == ("unrelated_number", "raw_label", "raw_text", "unrelated_note")
    assert fed.definition["mapping"] == {"raw_text": "text", "raw_label": "label"}
    assert load(fed, tmp_path, tmp_path / "cache").to_list() == list(fed.sample)


def test_the_definition_has_the_ten_loader_keys_and_nothing_else(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(builder="jsonl", split="train[:1]", token="t"), tmp_path)
    assert fed.definition == {
        "type": "huggingface", "description": None, "mapping": {}, "label_map": None, "tags": [],
        "loader_params": {
            "hub_path": None, "name": None, "split": "train[:1]", "trust_remote_code": False, "builder_name": "json",
            "data_dir": None, "data_files": "source_data.jsonl", "revision": None, "streaming": False, "token": "t",
        },
    }  # fmt: skip


def test_the_legacy_definition_has_four_loader_keys(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(legacy_definition=True), tmp_path)
    assert set(fed.definition["loader_params"]) == {"builder_name", "data_dir", "data_files", "trust_remote_code"}
    assert "label_map" not in fed.definition


def test_a_missing_file_is_named_but_not_there(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(defect="missing-file"), tmp_path)
    assert fed.definition["loader_params"]["data_files"] == "source_data.parquet"
    assert not list(tmp_path.iterdir())


def test_free_text_in_csv_needs_a_parser_that_knows_quotes(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(builder="csv"), tmp_path)
    text = fed.sample[0]["text"]
    assert (tmp_path / fed.files[0]).read_text().splitlines()[1].startswith(f'"{text}, so ""to speak""",')


def test_of_a_list_the_first_file_alone_is_missing(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(defect="missing-file", layout="list"), tmp_path)
    named = fed.definition["loader_params"]["data_files"]
    assert named == ["source_data-part-1.parquet", "source_data-part-2.parquet"]
    assert [file.name for file in tmp_path.iterdir()] == list(fed.files) == named[1:]


def test_an_empty_directory_is_there_and_empty(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(defect="empty-directory"), tmp_path)
    assert fed.definition["loader_params"]["data_files"] is None
    assert list((tmp_path / fed.definition["loader_params"]["data_dir"]).iterdir()) == []


@pytest.mark.parametrize("builder", NEGOTIATION)
def test_a_corrupt_file_does_not_load_in_any_format(builder, tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(defect="corrupt", builder=builder), tmp_path)
    with pytest.raises(Exception, match=r"generating the dataset|magic bytes not found|Not an Arrow file"):
        load(fed, tmp_path, tmp_path / "cache")


def test_the_missing_column_is_the_first_required_one(tmp_path):
    fed = write_dataset(replace(MIXED, features=(COUNT, TEXT)), DatasetPlan(defect="missing-column"), tmp_path)
    assert (fed.note, fed.columns) == ("text", ("count",))


def test_a_dataset_of_one_column_keeps_another_when_that_is_missing(tmp_path):
    fed = write_dataset(InputDataset("d", features=(TEXT,)), DatasetPlan(defect="missing-column"), tmp_path)
    assert fed.note == "text"
    assert fed.columns == ("unrelated_note", "unrelated_number")


@pytest.mark.parametrize("kind", [dtype for dtype in DTYPES if dtype != "null"] + list(EVERY_KIND))
def test_values_of_a_wrong_type_do_not_convert(kind, tmp_path):
    feature = replace(kind, name="x") if isinstance(kind, Feature) else Feature("x", dtype=kind)
    fed = write_dataset(InputDataset("d", features=(feature,)), DatasetPlan(defect="wrong-dtype"), tmp_path)
    assert fed.note == "x"
    with pytest.raises((pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError)):
        pq.read_table(tmp_path / fed.files[0]).cast(hf_of([feature]).arrow_schema)


def test_text_has_no_wrong_type_in_a_csv_file(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(defect="wrong-dtype", builder="csv"), tmp_path)
    assert fed.note == ""


@pytest.mark.parametrize(("defect", "rows"), [("no-rows", 0), ("one-row", 1)])
@pytest.mark.parametrize("builder", NEGOTIATION)
def test_extreme_row_counts_are_written(builder, defect, rows, tmp_path):
    fed = write_dataset(MIXED, DatasetPlan(defect=defect, builder=builder, layout="list"), tmp_path)
    assert (fed.rows, len(fed.sample), len(fed.files)) == (rows, rows, 1)


def test_no_rows_keep_the_declared_types_in_parquet(tmp_path):
    fed = write_dataset(MIXED, DatasetPlan(defect="no-rows"), tmp_path)
    assert pq.read_schema(tmp_path / fed.files[0]).equals(hf_of(MIXED.features).arrow_schema, check_metadata=False)


def test_the_sample_reviews_are_used_where_they_fit(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(), tmp_path)
    assert fed.sample[0] == {"text": "The product quality exceeded my expectations.", "label": "positive"}
    assert use_sample(REVIEWS) is not None
    assert use_sample(MIXED) is None


def test_the_sample_reviews_equal_those_in_the_fixtures():
    fixture = Path(__file__).parents[3] / "fixtures" / "sample_reviews.json"
    assert use_sample(REVIEWS).read_bytes() == fixture.read_bytes()


def test_every_row_of_text_can_be_told_from_every_other(tmp_path):
    fed = write_dataset(replace(MIXED, name="d"), DatasetPlan(rows=3000, builder="csv"), tmp_path)
    with (tmp_path / fed.files[0]).open(newline="") as file:
        assert len({row["body"] for row in csv.DictReader(file)}) == 3000


def test_wild_text_holds_every_canary_and_one_long_value(tmp_path):
    dataset = replace(MIXED, features=(TEXT,))
    fed = write_dataset(dataset, DatasetPlan(rows=8, wild_text=True), tmp_path)
    texts = [row["text"] for row in fed.sample]
    assert all(any(text.startswith(canary) for text in texts) for canary in CANARIES)
    assert max(map(len, texts)) > 15_000


def test_wild_text_leaves_keys_and_labels_alone(tmp_path):
    features = (Feature("id", dtype="string"), TEXT, LABEL)
    fed = write_dataset(InputDataset("d", features=features), DatasetPlan(wild_text=True), tmp_path)
    assert {row["label"] for row in fed.sample} == {"positive", "negative", "neutral"}
    assert all(row["id"].startswith("item-") for row in fed.sample)


@pytest.mark.parametrize("builder", NEGOTIATION)
def test_the_same_plan_gives_the_same_bytes(builder, tmp_path):
    plan = DatasetPlan(builder=builder, wild_text=True, nulls=True, seed=7)
    hashes = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        fed = write_dataset(MIXED, plan, folder)
        hashes.append(hashlib.sha256((folder / fed.files[0]).read_bytes()).hexdigest())
    assert hashes[0] == hashes[1]


def test_another_seed_gives_other_rows(tmp_path):
    one, two = (write_dataset(MIXED, DatasetPlan(seed=seed), tmp_path) for seed in (1, 2))
    assert one.sample != two.sample


@pytest.mark.parametrize(
    ("name", "content", "builder"),
    [
        ("a.txt", b'[{"text": "x", "label": "y"}]', "json"),
        ("a.json", b'{"text": "x", "label": "y"}\n', "jsonl"),
        ("a.dat", b"text,label\nx,y\n", "csv"),
    ],
)
def test_a_real_file_is_copied_and_its_content_tells_its_format(name, content, builder, tmp_path):
    source = tmp_path / name
    source.write_bytes(content)
    fed = write_dataset(REVIEWS, DatasetPlan(source=source, layout="odd-name"), tmp_path / "input")
    assert (fed.builder, fed.columns, fed.sample) == (builder, ("text", "label"), ({"text": "x", "label": "y"},))
    assert (tmp_path / "input" / fed.files[0]).read_bytes() == content


@pytest.mark.parametrize("content", [b"PAR1 broken", b"[1, 2]", b"{broken", b"\xff\xff\xff\xff", b"\xff\x00", None])
def test_a_real_file_that_cannot_be_read_is_an_error_with_its_name(content, tmp_path):
    source = tmp_path / "reviews.any"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(UsageError, match=r"reviews\.any"):
        write_dataset(REVIEWS, DatasetPlan(source=source), tmp_path / "input")


def test_a_location_is_passed_on_and_nothing_is_written(tmp_path):
    fed = write_dataset(REVIEWS, DatasetPlan(location="../canary/x.parquet", layout="directory"), tmp_path)
    assert fed.definition["loader_params"]["data_files"] == "../canary/x.parquet"
    assert fed.files == ()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("feature", "builders"),
    [
        (TEXT, ("parquet", "json", "jsonl", "csv", "arrow")),
        (Feature("published_date", dtype="string"), ("parquet", "csv", "arrow")),
        (Feature("x", dtype="int32"), ("parquet", "arrow")),
        (Feature("x", dtype="binary"), ("parquet", "arrow")),
        (Feature("x", dtype="duration[s]"), ("parquet", "arrow")),
        (Feature("x", dtype="time32[s]"), ("arrow", "parquet")),
        (Feature("x", kind="Image"), ("parquet", "arrow")),
        (EVERY_KIND[4], ("parquet", "json", "jsonl", "arrow")),
        (EVERY_KIND[5], ("parquet", "arrow")),
    ],
)
def test_a_format_is_offered_only_where_it_carries_the_feature(feature, builders):
    assert builders_for(InputDataset("d", features=(feature,))) == builders


def test_documents_are_offered_in_no_format_of_rows():
    assert builders_for(InputDataset("d", types=("pdf", "txt"))) == ()


def test_pictures_decode():
    for number in range(4):
        name, data = media.image(number)
        picture = Image.open(io.BytesIO(data))
        picture.load()
        assert (picture.size, picture.format) == ((48, 32), "PNG" if name.endswith("png") else "JPEG")


def test_sounds_decode():
    with wave.open(io.BytesIO(media.audio(3)[1])) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (1, 16_000, 4_000)


def test_clips_decode_in_a_real_video_library():
    import av

    with av.open(io.BytesIO(media.video(2)[1])) as clip:
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert [frame.shape for frame in frames] == [(32, 48, 3)] * 8
    assert (frames[0] != frames[-1]).any()


def test_contradictory_and_bottomless_features_are_written(tmp_path):
    deep = Feature("x", dtype="string")
    for _ in range(200):
        deep = Feature("deep", kind="List", element=deep, length=3)
    strange = (deep, TEXT, TEXT, Feature("", dtype="decimal"), Feature("\ud800", kind="Video4D"),
               Feature("huge", kind="List", length=10**9))  # fmt: skip
    fed = write_dataset(InputDataset("d", features=strange), DatasetPlan(), tmp_path)
    assert fed.columns == ("deep", "text", "unnamed", "?", "huge")


def test_small_files_are_written_without_importing_the_datasets_library():
    code = (
        "import sys, tempfile, pathlib;"
        "from conformance.inputs.datasets import write_dataset;"
        "from conformance.inputs.plan import DatasetPlan;"
        "from conformance.contract.model import Feature, InputDataset;"
        "assert 'pyarrow' not in sys.modules;"
        "d = InputDataset('d', features=(Feature('i', kind='Image'),));"
        "write_dataset(d, DatasetPlan(), pathlib.Path(tempfile.mkdtemp()));"
        "assert 'datasets' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

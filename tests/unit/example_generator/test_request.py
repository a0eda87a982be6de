"""The command line, the parameters, and the one document that answers both."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ENTRYPOINT = Path("example_generator/entrypoint.py").resolve()
MANIFEST = yaml.safe_load(Path("example_generator/manifest.yaml").read_text(encoding="utf-8"))
SOURCE = {"type": "huggingface", "loader_params": {"builder_name": "json", "data_files": "rows.json"}}
GOOD = {"input_datasets": {"source_data": SOURCE}}
KINDS = {"integer": int, "float": float, "string": str, "boolean": bool, "object": dict}


def run(*arguments, **environment):
    """The program as the container starts it: exit code, document, stderr."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | environment
    command = [sys.executable, str(ENTRYPOINT), *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    (line,) = done.stdout.splitlines()
    return done.returncode, json.loads(line), done.stderr


def parameters(**given):
    from generator.parameters import read_parameters

    return read_parameters(given)


def test_a_good_run_prints_one_document_and_nothing_else(workspace):
    code, document, errors = run("--generation-params", json.dumps(GOOD))
    assert (code, document["results"]["success"], errors) == (0, True, "")
    assert "error" not in document["results"]


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ([], "--generation-params is missing"),
        (["--generation-params"], "--generation-params has no value"),
        (["--generation-params", "{"], "not valid JSON"),
        (["--generation-params", "[]"], "not a JSON object but an array"),
        (["--generation-params", "{}"], "'source_data' is missing"),
        (["--generation-params", "{}", "--systems-params", "x"], "--systems-params is not valid JSON"),
        (["--generation-params", '{"input_datasets": []}'], "'input_datasets' is not a JSON object"),
        (["--generation-params", '{"num_variations": NaN}'], "'num_variations' is nan"),
        (["--generation-params", "[" * 100_000], "not valid JSON"),
    ],
)
def test_bad_arguments_end_in_a_document_that_names_the_cause(workspace, arguments, cause):
    code, document, _ = run(*arguments)
    assert code == 1
    assert document["results"] == document["test_results"]
    assert document["results"]["success"] is False
    assert cause in document["results"]["error"]
    assert (document["generated_datasets"], document["generated_reports"]) == ([], [])


def test_a_failure_keeps_the_types_of_the_metrics(workspace):
    _, document, _ = run()
    for metric in MANIFEST["output_metrics"]:
        assert type(document["results"][metric["name"]]) is KINDS[metric["type"]]


def test_a_success_has_every_metric_with_its_type(workspace):
    _, document, _ = run("--generation-params", json.dumps(GOOD))
    for metric in MANIFEST["output_metrics"]:
        assert type(document["results"][metric["name"]]) is KINDS[metric["type"]]


def test_order_and_unknown_flags_do_not_matter(workspace):
    code, _, _ = run("--future", "x", f"--generation-params={json.dumps(GOOD)}", "--systems-params", "{}", "y")
    assert code == 0


def test_secrets_do_not_reach_the_document(workspace):
    secret = "sk-canary-1234"
    params = GOOD | {"num_variations": secret}
    systems = {"generation_system": {"api_key": secret}}
    _, document, errors = run("--generation-params", json.dumps(params), "--systems-params", json.dumps(systems))
    assert "'num_variations' is '***'" in document["results"]["error"]
    assert secret not in json.dumps(document) + errors


def test_strange_characters_in_a_message_are_still_strict_json(workspace, capsys):
    from generator import result

    result.print_document(result.failure("half \ud800 {brace", {}))
    assert json.loads(capsys.readouterr().out)["results"]["error"] == "half ? {brace"


@pytest.mark.parametrize("parameter", [p for p in MANIFEST["input_schema"] if "default" in p], ids=lambda p: p["name"])
def test_declared_defaults_are_applied_and_null_means_absent(workspace, parameter):
    name = parameter["name"]
    assert getattr(parameters(), name) == getattr(parameters(**{name: None}), name) == parameter["default"]


def test_every_parameter_is_declared(workspace):
    from generator.parameters import Parameters

    assert list(Parameters.__annotations__) == [parameter["name"] for parameter in MANIFEST["input_schema"]]


def test_every_declared_choice_is_accepted(workspace):
    from generator.parameters import AUGMENTATION_TYPES, ON_ERROR, OUTPUT_FORMATS

    declared = {p["name"]: tuple(p["choices"]) for p in MANIFEST["input_schema"] if "choices" in p}
    assert declared == {
        "augmentation_type": AUGMENTATION_TYPES,
        "output_format": OUTPUT_FORMATS,
        "on_error": ON_ERROR,
    }


@pytest.mark.parametrize(
    "given",
    [
        {"num_variations": -1},
        {"num_variations": 101},
        {"num_variations": True},
        {"num_variations": 1.5},
        {"num_variations": "2"},
        {"augmentation_type": "magic"},
        {"augmentation_type": ["llm"]},
        {"output_format": ""},
        {"seed": 1.0},
        {"prompt_template": 3},
        {"structured_output": "yes"},
        {"concurrency": 0},
        {"request_timeout_seconds": 0},
        {"request_timeout_seconds": float("nan")},
        {"on_error": {}},
    ],
    ids=str,
)
def test_a_value_that_makes_no_sense_is_refused_by_name(workspace, given):
    from generator.errors import GeneratorError

    (name,) = given
    with pytest.raises(GeneratorError, match=f"parameter '{name}' is .*; expected "):
        parameters(**given)


def test_a_whole_number_is_a_float_and_unknown_keys_are_ignored(workspace):
    assert parameters(request_timeout_seconds=5, volumes={}, metadata={}, new="x").request_timeout_seconds == 5


def test_augmentation_follows_the_system_unless_stated(workspace):
    from generator.request import read_request

    system = json.dumps({"generation_system": {"base_url": "http://x", "model": "m"}})
    alone = ["--generation-params", "{}"]
    stated = ["--generation-params", '{"augmentation_type": "simple"}']
    assert read_request(alone).augmentation_type == "simple"
    assert read_request([*alone, "--systems-params", system]).augmentation_type == "llm"
    assert read_request([*stated, "--systems-params", system]).augmentation_type == "simple"


def test_llm_augmentation_without_a_system_is_refused(workspace):
    assert "needs the system 'generation_system'" in workspace.error(augmentation_type="llm")


def test_heavy_libraries_are_not_imported_without_need(workspace):
    program = (
        f"import sys; sys.path.insert(0, {str(ENTRYPOINT.parent)!r}); import entrypoint;"
        "entrypoint.main(sys.argv[1:]); print(sorted({'datasets', 'openai', 'pandas', 'pypdf'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, "--generation-params", json.dumps(GOOD)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_sigterm_ends_within_a_second_and_leaves_nothing(workspace):
    rows = [{"text": "word " * 200, "label": "x"}] * 20_000
    workspace.write("rows.json", rows)
    arguments = ["--generation-params", json.dumps(GOOD | {"num_variations": 100, "output_format": "jsonl"})]
    process = subprocess.Popen([sys.executable, str(ENTRYPOINT), *arguments], stdout=subprocess.PIPE, text=True)
    while not list(workspace.output.rglob("*.partial")):
        time.sleep(0.01)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate()
    assert time.monotonic() - started < 1
    assert (process.returncode, json.loads(output)["results"]["success"]) == (143, False)
    assert list(workspace.output.rglob("*")) == []


def test_progress_comes_at_most_every_five_seconds_and_without_braces():
    import io

    from generator.progress import Progress

    now, stream = iter([0.0, 1.0, 5.0, 6.0, 10.5]), io.StringIO()
    progress = Progress(100, stream, lambda: next(now))
    for _ in range(4):
        progress.add(10)
    assert stream.getvalue() == (
        "progress done=20 total=100 rows_per_second=4.0 eta_seconds=20\n"
        "progress done=40 total=100 rows_per_second=3.8 eta_seconds=16\n"
    )

"""The checks of what an image is before it runs."""

from __future__ import annotations

import pytest

from conformance.checks import REGISTRY
from conformance.checks.image import architecture, runs_as_root, secret_reason
from conformance.contract.model import Manifest
from conformance.evidence import Evidence, ImageFacts, LogChunk, Run
from conformance.findings import Finding, Judgement, NotTested

PYTHON = ("python", "/app/entrypoint.py")
SUCCESS = b'{"results": {"success": true}}\n'


def judge(requirement: str, *runs: Run, **facts: object) -> Judgement:
    image = ImageFacts(
        "image", **{"entrypoint": PYTHON, "architecture": "amd64", "host_architecture": "amd64", **facts}
    )
    return REGISTRY[requirement].function(Evidence(image, runs), Manifest())


def baseline(output: bytes = SUCCESS) -> Run:
    return Run("baseline", arguments=("--generation-params", "{}"), log=(LogChunk("stdout", 0.1, output),), exit_code=0)


def shell(script: str, *words: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script, *words)


@pytest.mark.parametrize(
    "entrypoint",
    [
        PYTHON,
        ("/app/run.sh",),
        ("/bin/sh", "/app/run.sh"),
        ("bash", "-e", "-u", "/app/run.sh"),
        shell('exec python e.py "$@"', "--"),
        shell("while [ $# -gt 0 ]; do shift; done", "sh"),
        shell('python e.py "$0" "$@"'),
        ("tini", "--", *PYTHON),
        ("/usr/bin/env", "A=1", *PYTHON),
    ],
    ids=" ".join,
)
def test_an_entrypoint_that_gets_the_arguments_passes(entrypoint: tuple[str, ...]) -> None:
    assert judge("IMAGE-001", entrypoint=entrypoint) == []


def test_an_image_with_only_a_command_fails() -> None:
    (finding,) = judge("IMAGE-001", entrypoint=(), command=PYTHON)
    assert finding.message.startswith("The image has no ENTRYPOINT")


@pytest.mark.parametrize(
    "entrypoint",
    [
        shell("python /app/entrypoint.py"),
        ("bash", "-lc", "python /app/entrypoint.py"),
        ("tini", "--", *shell("python /app/entrypoint.py")),
        ("/bin/busybox", "sh", "-c", "python /app/entrypoint.py"),
    ],
    ids=" ".join,
)
def test_a_shell_form_entrypoint_fails_even_if_a_run_succeeds(entrypoint: tuple[str, ...]) -> None:
    (finding,) = judge("IMAGE-001", baseline(), entrypoint=entrypoint)
    assert "drops the host's arguments" in finding.message


@pytest.mark.parametrize("script", [". /app/run.sh", "python $EXTRA e.py", 'python e.py "$@"'])
def test_where_the_look_is_doubtful_a_run_decides(script: str) -> None:
    assert judge("IMAGE-001", baseline(), entrypoint=shell(script)) == []
    assert len(judge("IMAGE-001", baseline(b"usage"), entrypoint=shell(script))) == 1
    assert len(judge("IMAGE-001", entrypoint=shell(script))) == 1


@pytest.mark.parametrize("kind", ["missing", "directory", "symlink", "too-large", "other"])
def test_a_manifest_that_is_no_file_fails(kind: str) -> None:
    (finding,) = judge("IMAGE-002", manifest_kind=kind)
    assert finding.location == "/app/manifest.yaml"


def test_a_manifest_file_passes() -> None:
    assert judge("IMAGE-002") == []


@pytest.mark.parametrize(("works", "findings"), [(True, 0), (False, 1)])
def test_cat_is_judged_by_its_run(works: bool, findings: int) -> None:
    assert len(judge("IMAGE-003", cat_works=works)) == findings


def test_cat_that_was_not_tried_is_not_tested() -> None:
    assert judge("IMAGE-003", cat_works=None) == NotTested("cat was not tried in this image")


@pytest.mark.parametrize(("image", "host"), [("amd64", "x86_64"), ("arm64", "aarch64"), ("AMD64", "amd64")])
def test_names_of_one_architecture_are_equal(image: str, host: str) -> None:
    assert judge("IMAGE-004", architecture=image, host_architecture=host) == []
    assert architecture(image) == architecture(host)


def test_another_platform_fails() -> None:
    windows, arm = judge("IMAGE-004", os="windows", architecture="arm64")
    assert "expected linux" in windows.message
    assert arm.message == "The image is made for arm64, the machine that runs it is amd64; expected the same."


def test_an_engine_that_names_no_architecture_decides_nothing() -> None:
    assert isinstance(judge("IMAGE-004", host_architecture=""), NotTested)


@pytest.mark.parametrize("volume", ["/output", "/output/data", "/app/", "/input"])
def test_a_volume_on_a_folder_of_the_contract_fails(volume: str) -> None:
    (finding,) = judge("IMAGE-005", volumes=(volume,))
    assert finding.location == f"VOLUME {volume}"


def test_other_volumes_pass_and_a_healthcheck_does_not() -> None:
    assert judge("IMAGE-005", volumes=("/data", "/outputs")) == []
    assert judge("IMAGE-005", healthcheck=True) == [
        Finding("The image declares a HEALTHCHECK, which no host asks; expected none.", location="HEALTHCHECK")
    ]


@pytest.mark.parametrize("user", ["", "0", "0:0", "root", "root:root", "0:1000"])
def test_these_users_are_root(user: str) -> None:
    assert runs_as_root(user)


@pytest.mark.parametrize("user", ["1000", "app", "app:0", "65534:65534"])
def test_these_users_are_not(user: str) -> None:
    assert not runs_as_root(user)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_API_KEY", "sk-proj-abcdefghijklmnopqrstuvwx"),
        ("HF_TOKEN", "hf_abcdefghijklmnopqrstuvwxyz"),
        ("SERVICE_PASSWORD", "hunter22"),
        ("DB_SECRET", "s3cr3tvalue"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz"),
        ("SETTINGS", "key=AKIAIOSFODNN7EXAMPLQ"),
        ("EXTRA", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("CERT", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
        ("DATABASE_URL", "postgres://user:pa55word@db/x"),
        ("com.example.api-key", "0a1b2c3d4e5f"),
    ],
)
def test_a_baked_in_secret_is_found_and_never_quoted(name: str, value: str) -> None:
    (finding,) = judge("SECURITY-008", environment={name: value, "PATH": "/usr/bin"})
    assert finding.location == f"ENV {name}"
    assert value not in finding.message
    assert len(judge("SECURITY-008", labels={name: value})) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GPG_KEY", "7169605F62C751356D054A26A821E680E5FA6305"),
        ("PYTHON_SHA256", "d6c2a5ff3d2c3f0a1bd4bbf8c5a0fa0b9dc3ea1a2d2bd4e4d5d5b2b8d2a7d0cb"),
        ("OPENAI_API_KEY", ""),
        ("OPENAI_API_KEY", "your-key-here"),
        ("OPENAI_API_KEY", "sk-xxxxxxxxxxxxxxxxxxxxxxxx"),
        ("OPENAI_API_KEY", "not-needed"),
        ("API_KEY", "${API_KEY}"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("MAX_TOKENS", "2048000"),
        ("EOS_TOKEN", "<|endoftext|>"),
        ("DB_PASSWORD", "/run/secrets/db_password"),
        ("HOMEPAGE", "https://example.com/a:b@c"),
    ],
)
def test_what_is_no_secret_is_left_alone(name: str, value: str) -> None:
    assert secret_reason(name, value) == ""


def test_the_history_of_the_layers_is_searched_too() -> None:
    arguments, command = judge(
        "SECURITY-008",
        history=(
            "|1 HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz /bin/sh -c make",
            "RUN curl -H 'Authorization: Bearer sk-abcdefghijklmnopqrstuvwxyz' https://x",
            "RUN TOKEN=$(cat /run/secrets/token) make",
            "ENV OPENAI_API_KEY=",
        ),
    )
    assert (arguments.location, command.location) == ("history: HF_TOKEN", "history")


def test_a_secret_found_in_the_layers_is_reported_as_it_was_masked() -> None:
    (finding,) = judge("SECURITY-008", secrets=("/app/.env: OPENAI_API_KEY=sk-…",))
    assert "/app/.env" in finding.message

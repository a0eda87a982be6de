"""Secrets in the files of layers: what is found, what is left alone, and how the files are reached."""

import io
import os
import tarfile

import pytest

from conformance.engines import layers
from conformance.engines.layers import LayerFile, files_in_folders, files_in_stream, layer_folders
from conformance.layer_secrets import find_layer_secrets, wanted

KEY = "sk-proj-" + "4f9aK2mQ7xZ1bV8nR3tY6wE5"
PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + ("MIIEpAIBAAKCAQEA7bq1Z" * 3 + "\n") * 4 + "-----END RSA PRIVATE KEY-----\n"


def found(text: str, path: str = "app/settings.py") -> tuple[str, ...]:
    return find_layer_secrets([LayerFile(path, text.encode())])


def test_a_key_is_named_with_its_file_and_masked():
    assert found(f'client = OpenAI(api_key="{KEY}")') == ("/app/settings.py: an OpenAI key (sk-..., 32 characters)",)


@pytest.mark.parametrize(
    "text",
    [
        "token: hf_" + "qWeRtYuIoPaSdFgHjKlZxCvBnM73918246",
        "aws_access_key_id = AKIA" + "QJ5RX7LZ3WNT2VKP",
        "GH=ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG2hJ5",
        PEM,
    ],
    ids=["hub", "cloud", "forge", "private key"],
)
def test_credentials_of_well_known_forms_are_found(text):
    assert len(found(text)) == 1


def test_a_value_under_the_name_of_a_secret_counts_in_a_file_of_settings():
    assert found("DEBUG=1\nDB_PASSWORD=Tr0ub4dor&3\n", "app/.env") == ("/app/.env: a value under the name DB_PASSWORD",)
    assert found("DB_PASSWORD=Tr0ub4dor&3\n", "app/notes.txt") == ()


@pytest.mark.parametrize(
    "text",
    [
        "sk-your-key-goes-here-please-thank-you",
        "pip install sk-learn-contrib-extras-and-more",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE",
        "if text.startswith('-----BEGIN PRIVATE KEY-----'): refuse()",
        "-----BEGIN CERTIFICATE-----\n" + "MIIEpAIBAAKCAQEA7bq1Z" * 3,
        "OPENAI_API_KEY = os.environ['OPENAI_API_KEY']",
        "postgres://user:password@localhost/db",
        "task-4f9aK2mQ7xZ1bV8nR3tY6wE5rT9uI2oP",
        "risk-sk-",
    ],
)
def test_examples_and_look_alikes_are_left_alone(text):
    assert found(text) == ()


@pytest.mark.parametrize(
    "value", ["OPENAI_API_KEY=", "OPENAI_API_KEY=changeme", "OPENAI_API_KEY=${OPENAI_API_KEY}", "# A=b"]
)
def test_settings_that_wait_for_a_value_are_left_alone(value):
    assert found(value, "app/.env") == ()


def test_binary_files_are_not_searched():
    assert find_layer_secrets([LayerFile("app/data", b"\0" + KEY.encode())]) == ()


def test_there_is_an_end_to_what_is_reported():
    assert len(find_layer_secrets(LayerFile(f"app/{number}", KEY.encode()) for number in range(99))) == 20


@pytest.mark.parametrize(
    "path",
    [
        "usr/lib/python3/dist-packages/x.py", "usr/local/lib/python3.13/site-packages/x.py", "etc/ssl/private/a.key",
        "app/node_modules/x/index.js", "app/tests/key.py", "app/.env.example", "app/test_keys.py",
        "usr/share/doc/x", "opt/venv/bin/x", "app/package-lock.json", "var/lib/dpkg/info/x",
    ],
)  # fmt: skip
def test_what_was_installed_and_what_is_an_example_is_not_searched(path):
    parts = path.split("/")
    folders = all(wanted("/".join(parts[:end]), True) for end in range(1, len(parts)))
    assert not (folders and wanted(path, False))


@pytest.mark.parametrize(
    "path", ["app/.env", "root/.netrc", "usr/src/app/main.py", "home/app/.aws/credentials", "run.sh"]
)
def test_the_program_and_the_homes_are_searched(path):
    parts = path.split("/")
    assert all(wanted("/".join(parts[:end]), True) for end in range(1, len(parts)))
    assert wanted(path, False)


def everything(path: str, is_folder: bool) -> bool:
    return bool(path) or is_folder


def test_files_of_every_layer_are_read_and_links_are_not_followed(tmp_path):
    upper, lower = tmp_path / "upper", tmp_path / "lower"
    (upper / "app").mkdir(parents=True)
    lower.mkdir()
    (upper / "app/a.txt").write_text("a")
    (lower / "b.txt").write_text("b")
    (lower / "link").symlink_to("/etc/hostname")
    (lower / "folder").symlink_to("/etc")
    os.mkfifo(lower / "pipe")
    read = {file.path: file.data for file in files_in_folders([upper, lower], everything)}
    assert read == {"app/a.txt": b"a", "b.txt": b"b"}


def test_large_and_empty_files_are_left_out(tmp_path):
    (tmp_path / "large").write_bytes(b"x" * (layers.LARGEST_FILE + 1))
    (tmp_path / "empty").touch()
    assert list(files_in_folders([tmp_path], everything)) == []


def test_the_bytes_that_are_read_are_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(layers, "MOST_BYTES", 5)
    for name in "abcd":
        (tmp_path / name).write_bytes(b"123")
    assert len(list(files_in_folders([tmp_path], everything))) == 2


def archive(files: dict[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def chunks(data: bytes, size: int = 1000):
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_saved_image_is_searched_layer_by_layer(mode):
    first, second = archive({"app/.env": b"A=b"}, mode), archive({"./run.sh": b"echo", "usr/lib/x": b"x"}, mode)
    saved = archive({"blobs/sha256/1": first, "manifest.json": b"[]", "2/layer.tar": second})
    assert [file.path for file in files_in_stream(chunks(saved), wanted)] == ["app/.env", "run.sh"]


@pytest.mark.parametrize("cut", [0, 100, 2000, 5000])
def test_a_stream_that_breaks_off_ends_the_search(cut):
    saved = archive({"a/layer.tar": archive({"app/a": b"a" * 3000})})
    assert len(list(files_in_stream(chunks(saved[:cut]), wanted))) <= 1


def test_a_stream_that_takes_too_long_is_left(monkeypatch):
    monkeypatch.setattr(layers, "SECONDS", 0.0)
    saved = archive({"a/layer.tar": archive({"app/a": b"a"})})
    assert list(files_in_stream(chunks(saved), wanted)) == []


def test_layers_are_read_in_place_only_where_the_engine_says_where_they_are(tmp_path):
    data = {"UpperDir": str(tmp_path), "LowerDir": f"{tmp_path}:{tmp_path}"}
    assert layer_folders({"GraphDriver": {"Name": "overlay2", "Data": data}}) == [tmp_path] * 3
    assert layer_folders({"GraphDriver": {"Name": "overlay2", "Data": {"UpperDir": str(tmp_path / "gone")}}}) == []
    assert layer_folders({"GraphDriver": {"Name": "vfs", "Data": data}}) == []
    assert layer_folders({}) == []


def test_layers_that_only_root_may_look_at_are_read_from_the_stream(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError

    monkeypatch.setattr(layers.Path, "is_dir", refuse)
    assert layer_folders({"GraphDriver": {"Name": "overlay2", "Data": {"UpperDir": str(tmp_path)}}}) == []

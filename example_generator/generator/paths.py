"""Where files are read and written, and the rule that nothing outside the two mounts is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from generator.errors import GeneratorError

_DEFAULT_OUTPUT = Path("/output")


def input_mount() -> Path:
    """The folder with the input files, ``/input`` unless the environment says otherwise."""
    return Path(os.environ.get("INPUT_MOUNT_PATH") or "/input")


def output_mount() -> Path:
    """The folder for results, ``/output`` unless the environment says otherwise."""
    return Path(os.environ.get("OUTPUT_MOUNT_PATH") or _DEFAULT_OUTPUT)


def require_output_mount() -> Path:
    """The output folder; an error if ``/output`` is the container's own file system, where results vanish with it.

    The host reports such a job as a success and the data is gone, so this is refused before any work. A folder
    elsewhere was chosen on purpose (tests, a plain ``python entrypoint.py``) and is taken as it is.
    """
    folder = output_mount()
    places = (folder, *folder.parents[:-1])
    if _DEFAULT_OUTPUT in places and not any(os.path.ismount(place) for place in places):
        raise GeneratorError(
            f"nothing is mounted at {folder}: the result would be lost with the container; mount a folder there "
            f"(volumes.output of the job, or docker run -v FOLDER:{folder})"
        )
    return folder


def resolve_input(name: object, dataset: str) -> Path:
    """The real path of ``name`` below the input mount.

    ``GeneratorError`` for URLs and for everything that leads out of the mount, through ``..``, an absolute path or
    a symbolic link: the host forwards paths unchecked.
    """
    if not isinstance(name, str) or not name.strip() or "\0" in name:
        raise GeneratorError(f"dataset '{dataset}': the path {name!r} is not a file name")
    if "://" in name:
        raise GeneratorError(f"dataset '{dataset}': {name!r} is a URL; only files of the input mount are read")
    mount = input_mount()
    try:
        root, path = mount.resolve(), (mount / name).resolve()
    except (OSError, RuntimeError) as error:
        raise GeneratorError(f"dataset '{dataset}': cannot follow the path {name!r}: {error}") from None
    if not path.is_relative_to(root):
        raise GeneratorError(f"dataset '{dataset}': {name!r} leads out of the input mount {mount}; that is refused")
    return path


def find_files(name: object, dataset: str) -> list[Path]:
    """The regular files that ``name`` (a file or a pattern such as ``part-*.json``) means, sorted."""
    path = resolve_input(name, dataset)
    if _exists(path, dataset):
        return [require_file(path, name, dataset)]
    pattern = str(name)
    if any(character in pattern for character in "*?["):
        found = sorted(input_mount().glob(pattern.lstrip("/")))
        if found:
            return [require_file(resolve_input(str(match), dataset), match, dataset) for match in found]
    raise GeneratorError(f"dataset '{dataset}': there is no file {name!r} in the input mount {input_mount()}")


def files_of_folder(name: object, dataset: str) -> Iterator[Path]:
    """Every visible file below the folder ``name``, sorted; links that leave the mount are refused."""
    folder = resolve_input(name, dataset)
    if not _exists(folder, dataset):
        raise GeneratorError(f"dataset '{dataset}': there is no folder {name!r} in the input mount {input_mount()}")
    if not folder.is_dir():
        raise GeneratorError(f"dataset '{dataset}': data_dir {name!r} is not a folder")
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
        if not hidden and path.is_file():
            yield resolve_input(str(path), dataset)


def _exists(path: Path, dataset: str) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise GeneratorError(f"dataset '{dataset}': cannot look at {path}: {error.strerror}") from None


def require_file(path: Path, name: object, dataset: str) -> Path:
    """``path`` if it is a regular file (a pipe or a device would block for ever)."""
    if not path.is_file():
        kind = "a folder; name it in data_dir" if path.is_dir() else "not a regular file"
        raise GeneratorError(f"dataset '{dataset}': {str(name)!r} is {kind}")
    return path

"""A folder that is one dataset: what `Dataset.save_to_disk` writes, or files of one form side by side."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.outputs.contents import Part, UnreadableError
from conformance.outputs.forms import Form, detect
from conformance.outputs.places import LeavesFolderError, follow
from conformance.outputs.tree import walk

FILE_LIMIT = 2_000
_JSON_LIMIT = 16 * 1024**2
_BESIDE = {"dataset_info.json", "dataset_infos.json", "state.json", "license", "license.txt", "_success"}
"""Files that stand beside the data and are none of it."""


@dataclass(frozen=True)
class Folder:
    """What a folder is: its form, the form of its files, the files in order, and the library's features for them."""

    form: str
    inner: str = ""
    parts: tuple[Part, ...] = ()
    hints: Mapping[str, Any] | None = None
    size: int = 0


def read_folder(host: Path, path: str, output: Path, stated: str) -> Folder:
    """What kind of dataset a folder is. ``path`` is its place in the container, ``output`` the mount on this machine.

    Raises `UnreadableError` where the folder says of itself that something is there which is not.
    """
    files = list(_files(host, path, output))
    size = sum(file.stat().st_size for file in files)
    if not files:
        return Folder("empty")
    if (host / "dataset_dict.json").is_file():
        splits = _json(host / "dataset_dict.json").get("splits", [])
        saved = [_saved(host / _plain_name(split)) for split in splits]
        hints = saved[0][1] if saved else None
        return Folder("save_to_disk", "arrow-stream", tuple(p for parts, _ in saved for p in parts), hints, size)
    if (host / "state.json").is_file() and (host / "dataset_info.json").is_file():
        parts, hints = _saved(host)
        return Folder("save_to_disk", "arrow-stream", parts, hints, size)
    return _side_by_side(files, stated, size)


def _side_by_side(files: list[Path], stated: str, size: int) -> Folder:
    forms: dict[Path, Form] = {}
    for file in files:
        if file.name.lower() not in _BESIDE and not file.name.startswith((".", "_")) and file.suffix != ".md":
            forms[file] = detect(file, stated)
    names = sorted({form.name for form in forms.values()} - {"empty"})
    inner = names[0] if len(names) == 1 else "mixed" if names else "empty"
    parts = tuple(Part(file, form.compression) for file, form in forms.items() if form.name != "empty")
    return Folder("directory", inner, parts, None, size)


def _saved(folder: Path) -> tuple[tuple[Part, ...], Mapping[str, Any]]:
    """The data files of one saved dataset, and its features."""
    listed = _json(folder / "state.json").get("_data_files")
    features = _json(folder / "dataset_info.json").get("features")
    if not isinstance(listed, list):
        raise UnreadableError("its state.json lists no data files")
    parts = []
    for each in listed:
        name = _plain_name(each.get("filename") if isinstance(each, dict) else None)
        if not stat.S_ISREG(_mode(folder / name)):
            raise UnreadableError(f"its state.json names {name}, which is not there")
        parts.append(Part(folder / name))
    return tuple(parts), features if isinstance(features, dict) else {}


def _plain_name(name: object) -> str:
    """A name in a folder, and nothing that leads out of it."""
    if not isinstance(name, str) or not name or "/" in name or "\0" in name or name in {".", ".."}:
        raise UnreadableError(f"it names {str(name)[:80]!r} as one of its files")
    return name


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _json(file: Path) -> dict[str, Any]:
    if not stat.S_ISREG(_mode(file)) or file.lstat().st_size > _JSON_LIMIT:
        raise UnreadableError(f"its {file.name} is no file that describes a dataset")
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"its {file.name} is not JSON: {str(error)[:120]}") from None
    if not isinstance(content, dict):
        raise UnreadableError(f"its {file.name} is not a JSON object")
    return content


def _files(host: Path, path: str, output: Path) -> Iterator[Path]:
    """Every regular file below a folder in the order of their names; links are followed inside the output folder."""
    count = 0
    for parent, _, names in walk(host):
        for name in names:
            count += 1
            if count > FILE_LIMIT:
                raise UnreadableError(f"it has more than {FILE_LIMIT} files")
            file = _real(parent / name, f"{path}/{(parent / name).relative_to(host)}", output)
            if file is not None:
                yield file


def _real(file: Path, path: str, output: Path) -> Path | None:
    """The regular file itself or the one that a link means; None for pipes and the like."""
    if stat.S_ISLNK(_mode(file)):
        try:
            file = follow(output, path)
        except LeavesFolderError as error:
            raise UnreadableError(f"{file.name}: {error}") from None
        except OSError:
            raise UnreadableError(f"{file.name} is a link to nothing") from None
    return file if stat.S_ISREG(_mode(file)) else None

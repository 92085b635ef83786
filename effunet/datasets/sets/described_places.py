"""What a description says of files: where pictures and masks lie, and what ends their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

from ...errors import InputError
from ...files import expand_home
from ...yaml_file import YamlFile
from ..pairs import PICTURE_SUFFIXES, Endings, is_folder, mode_of
from .description_faults import EXAMPLE, senseless
from .description_keys import SPLITS

LIST_SUFFIX = ".txt"


@dataclass(frozen=True)
class Places:
    """Where the files lie; every path is relative to ``path`` or absolute."""

    path: Path
    """Folder that all others are relative to."""
    splits: Mapping[str, tuple[str, ...]]
    """Folders or ``.txt`` lists of each split that is named."""
    masks_dir: str | None
    """What takes the place of ``images`` in a picture's path."""
    masks: Mapping[str, tuple[str, ...]]
    """Split → the folder of masks that stands beside each of its entries, where no ``masks_dir``
    is given."""
    images: str | None
    """Folder that names in lists begin at."""
    endings: Endings
    """What ends the stems of pictures and of masks."""


def read_places(yaml: YamlFile) -> Places:
    """Where everything lies.

    Raises:
        InputError: A key is missing or makes no sense.
    """
    splits = {
        split: _entries(yaml.written[split], split, yaml)
        for split in SPLITS
        if yaml.values.get(split) not in (None, "", [])
    }
    if "train" not in splits and "val" not in splits:
        raise senseless(yaml.path, "it names neither train nor val", f"expected\n{EXAMPLE}")
    masks_dir, masks = _masks_dir(yaml), _masks(yaml, splits)
    places = Places(
        path=_base_path(yaml),
        splits=splits,
        masks_dir=masks_dir,
        masks=masks,
        images=_images(yaml, splits, needed=bool(masks)),
        endings=Endings(image=_ending(yaml, "image_ending"), mask=_ending(yaml, "mask_ending")),
    )
    for key, written in _all_paths(places):
        if _of_backslashes(written) and mode_of(places.path / expand_home(written)) is None:
            raise _backslashes(yaml, key, written)
    return places


def _entries(written: Any, key: str, yaml: YamlFile) -> tuple[str, ...]:  # noqa: ANN401  # from YAML
    entries = written if isinstance(written, list) else [written]
    if not all(_is_path(entry) for entry in entries):
        fix = f"write {key}: images/{key}"
        raise senseless(yaml.path, f"{key} is not a folder", fix)
    return tuple(entries)


def _masks_dir(yaml: YamlFile) -> str | None:
    written, masks = yaml.written.get("masks_dir"), yaml.values.get("masks")
    if masks is None and not _is_path(written):
        raise senseless(
            yaml.path,
            "it has no masks_dir, and no masks in its place",
            "write masks_dir: masks, the folder that takes the place of images, or where masks lie "
            "elsewhere masks: {train: FOLDER, val: FOLDER}; polygon labels "
            "(labels/*.txt) become masks by effunet data convert --from yolo",
        )
    if masks is not None and written is not None:
        why = f"masks_dir (line {yaml.lines['masks_dir']}) and masks (line {yaml.lines['masks']}) "
        raise senseless(yaml.path, f"{why}both say where the masks are", "leave one of them out")
    return None if masks is not None else written


def _masks(yaml: YamlFile, splits: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Folders of masks, as many a split as it has entries; one for all is repeated."""
    written = yaml.written.get("masks")
    if yaml.values.get("masks") is None:
        return {}
    fix = "write masks: {" + ", ".join(f"{split}: FOLDER" for split in splits) + "}, one for each "
    fix += "folder of pictures, or masks: FOLDER for all"
    by_split = written if isinstance(written, dict) else dict.fromkeys(splits, written)
    stray = next((split for split in by_split if split not in splits), None)
    if stray is not None:
        raise senseless(yaml.path, f"masks names {stray}, which is no split that it has", fix)
    absent = next((split for split in ("train", "val") if split in splits.keys() - by_split), None)
    if absent:
        raise senseless(yaml.path, f"masks says nothing of {absent}", fix)
    masks = {}
    for split, folders in by_split.items():
        masks[split] = _entries(folders, "masks", yaml)
        if not isinstance(folders, list):
            masks[split] *= len(splits[split])
        if len(masks[split]) != len(splits[split]):
            why = f"masks has {len(masks[split])} folders for the {len(splits[split])} of {split}"
            raise senseless(yaml.path, why, fix)
    return masks


def _images(yaml: YamlFile, splits: Mapping[str, tuple[str, ...]], *, needed: bool) -> str | None:
    """Folder that names in lists begin at."""
    lists = [entry for entries in splits.values() for entry in entries if is_list(entry)]
    written = yaml.written.get("images")
    if yaml.values.get("images") is None:
        if lists and needed:
            why = f"{lists[0]} lists pictures, and nothing says which folder masks lies beside"
            raise senseless(yaml.path, why, "write images: FOLDER, where the names in lists begin")
        return None
    if not lists:
        why = f"images (line {yaml.lines['images']}) is where names in lists begin, and there is "
        fix = "leave it out, or write train: LIST.txt"
        raise senseless(yaml.path, f"{why}no list", fix)
    (folder,) = _entries(written, "images", yaml)[:1]
    return folder


def is_list(entry: str) -> bool:
    """Whether an entry of a split is written as a list of pictures is."""
    return PurePosixPath(entry).suffix.lower() == LIST_SUFFIX


def _ending(yaml: YamlFile, key: str) -> str:
    written = yaml.written.get(key)
    if yaml.values.get(key) is None:
        return ""
    if not _is_path(written) or "/" in written:
        why = f"{key} (line {yaml.lines[key]}) is no end of a name"
        raise senseless(yaml.path, why, f"write {key}: _label, for names such as 0001_label.png")
    ending = PurePosixPath("x" + written)
    plain = ending.suffix.lower() in PICTURE_SUFFIXES
    return (ending.stem if plain else ending.name).removeprefix("x")


def _base_path(yaml: YamlFile) -> Path:
    """``path``, relative to the file, to where the user stands, or naming the file's own folder."""
    path = "." if yaml.values.get("path") in (None, "") else yaml.written["path"]
    if not _is_path(path):
        raise senseless(yaml.path, "path names no folder", "write path: FOLDER")
    base, here = expand_home(path), yaml.path.resolve().parent
    candidates = [here / base, base.resolve()]
    if here.name == base.name:
        candidates.append(here)
    for candidate in candidates:
        if is_folder(candidate):
            return candidate
    if _of_backslashes(path):
        raise _backslashes(yaml, "path", path)
    raise InputError(
        "no data where the data set description points",
        where=yaml.path,
        why=f"path: {path} is not a folder beside the file or where you stand",
        fix="correct path in the file, or leave it out where the data lies beside the file",
    )


def _all_paths(places: Places) -> Iterator[tuple[str, str]]:
    for split, entries in places.splits.items():
        yield from ((split, entry) for entry in entries)
    for folders in places.masks.values():
        yield from (("masks", folder) for folder in folders)
    yield from [("masks_dir", places.masks_dir)] if places.masks_dir else []
    yield from [("images", places.images)] if places.images else []


def _is_path(written: Any) -> TypeGuard[str]:  # noqa: ANN401  # from YAML
    return isinstance(written, str) and written != "" and "\0" not in written


_ESCAPES = str.maketrans(
    {"\a": r"\a", "\b": r"\b", "\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r"}
)
"""What YAML makes of a backslash in double quotes, and what stood there."""


def _of_backslashes(path: str) -> bool:
    return "\\" in path or any(ord(sign) in _ESCAPES for sign in path)


def _backslashes(yaml: YamlFile, key: str, written: str) -> InputError:
    shown = written.translate(_ESCAPES)
    return senseless(
        yaml.path,
        f"{key} (line {yaml.lines.get(key)}) is written with backslashes: {shown}",
        f"write {key}: {shown.replace(chr(92), '/')}",
    )

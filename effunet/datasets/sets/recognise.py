"""Which data set a folder holds, told by what its files' names end in, and by what tells it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...files import expand_home
from ...yaml_file import YAML_SUFFIXES, read_yaml
from ..pairs import PICTURE_SUFFIXES, is_folder, list_files
from .description_faults import EXAMPLE
from .idd_lite import DRAWN

_LABELS = {
    "_label": "idd_lite",
    "_gtFine_labelIds": "cityscapes",
    "_gtFine_labelTrainIds": "cityscapes",
}
"""What the stem of a label file below gtFine ends in → the data set."""
_INSTANCES = "_inst_label"
ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"})
_SHOWN = 6  # entries of a folder that a message names


@dataclass(frozen=True)
class Recognised:
    """What a folder or file was taken for."""

    name: str
    """In :data:`DATASETS`."""
    evidence: str
    """What tells it."""
    guessed: bool = True
    """Whether it was told from files, and not named by a description that was given."""

    @property
    def note(self) -> str:
        """To print, so that nobody has to guess what was guessed."""
        return f"taken for {self.name}: {self.evidence}"


def recognise(root: str | Path | None, *, expected: str | None = None) -> Recognised:
    """The data set at ``root``: the folder it lies in or the YAML file that describes it.

    Args:
        root: What the user gave.
        expected: Data set to take where the files could be of several.

    Raises:
        InputError: There is no such place, or its files tell of none or of several.
    """
    if root is None:
        raise InputError(
            "no data",
            why="no folder was given",
            fix="--data.root DIR for a known data set, or --data.root FILE.yaml for your own, "
            f"with\n{EXAMPLE}",
        )
    path = expand_home(root)
    found = matches(path)
    chosen = [each for each in found if each.name == expected] if len(found) > 1 else found
    if len(chosen) == 1:
        return chosen[0]
    raise _several(path, found) if found else _none(path)


def matches(path: Path) -> list[Recognised]:
    """Everything that ``path`` may be, each data set once."""
    if path.suffix.lower() in YAML_SUFFIXES and not is_folder(path):
        return [Recognised("folder", f"{path.name} describes it", guessed=False)]
    found: dict[str, Recognised] = {}
    for each in _by_files(path) if is_folder(path) else ():
        found.setdefault(each.name, each)
    return list(found.values())


def description_in(folder: Path) -> Path:
    """The one YAML file in ``folder`` that describes pictures and masks.

    Raises:
        InputError: There is none, or there are several.
    """
    files = descriptions(folder)
    if len(files) == 1:
        return files[0]
    raise InputError(
        "no data set description" if not files else "more than one data set description",
        where=folder,
        why=", ".join(file.name for file in files) or "no YAML file in it names train and classes",
        fix=f"--data.root {shlex.quote(str(files[0]))}, or another of them"
        if files
        else f"--data.root FILE.yaml, with\n{EXAMPLE}",
    )


def _by_files(folder: Path) -> Iterator[Recognised]:
    if (folder / DRAWN).is_file():
        yield Recognised("synthetic", f"effunet data make has left {DRAWN} in it")
    else:
        yield from _by_endings(folder)
    yield from _by_names(folder)
    described = [file.name for file in descriptions(folder)]
    if described:
        yield Recognised("folder", f"{' and '.join(described)} in it describes pictures and masks")


def _by_endings(folder: Path) -> Iterator[Recognised]:
    """By the label files, each kind once."""
    for split in ("train", "val"):
        for path in list_files(folder / "gtFine" / split, PICTURE_SUFFIXES):
            endings = [ending for ending in _LABELS if path.stem.endswith(ending)]
            if endings and not path.stem.endswith(_INSTANCES):
                place = path.relative_to(folder)
                yield Recognised(_LABELS[endings[0]], f"{place} ends in {endings[0]}")


def _by_names(folder: Path) -> Iterator[Recognised]:
    """CamVid's files have no endings: a label is called as its picture, in the folder beside."""
    labels = {path.name for path in list_files(folder / "trainannot", PICTURE_SUFFIXES)}
    if not labels:
        return
    pictures = {path.name for path in list_files(folder / "train", PICTURE_SUFFIXES)}
    if labels & pictures:
        first = min(labels & pictures)
        yield Recognised("camvid", f"train/{first} has its label in trainannot/{first}")


def _roots(place: Path) -> list[Path]:
    """What to name for the data that ``place`` holds: the folder, or the files that describe it."""
    found = matches(place)
    described = [each.name for each in found] == ["folder"]
    return descriptions(place) if described else [place] * bool(found)


def descriptions(folder: Path) -> list[Path]:
    """The YAML files in ``folder`` that describe pictures and masks."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in YAML_SUFFIXES and _describes(path)
    )


def _describes(file: Path) -> bool:
    try:
        keys = read_yaml(file, what="a YAML file", fix="correct it").values.keys()
    except InputError:
        return False
    return "names" in keys and bool({"train", "val"} & keys)


def _several(path: Path, found: list[Recognised]) -> InputError:
    return InputError(
        f"the files may be of {' or '.join(each.name for each in found)}",
        where=path,
        why="; ".join(f"{each.name}: {each.evidence}" for each in found),
        fix=" or ".join(f"--data.name {each.name}" for each in found),
    )


def _none(path: Path) -> InputError:
    what = "no data set is recognised"
    named, suffix = shlex.quote(str(path)), path.suffix.lower()
    if path.is_file() and suffix in ARCHIVE_SUFFIXES:
        fix = "unpack it and name the folder: --data.root DIR"
        return InputError(what, where=path, why="it is an archive", fix=fix)
    if path.is_file() and suffix == ".json":
        fix = f"where it holds COCO annotations: effunet data convert {named} --from coco --out DIR"
        return InputError(what, where=path, why="it is a JSON file", fix=fix)
    try:
        inside = sorted(path.iterdir())
    except (OSError, ValueError) as error:  # ValueError: no system has a name with a NUL
        why = getattr(error, "strerror", None) or str(error)
        fix = "--data.root DIR, the folder of a data set, or the YAML file that describes one"
        return InputError(what, where=path, why=why, fix=fix)
    for why, places in (
        ("it lies one folder deeper", filter(is_folder, inside)),
        ("the folder around it holds data", path.absolute().parents[:2]),
    ):
        roots = [root for place in places for root in _roots(place)]
        if roots:
            fix = " or ".join(f"--data.root {shlex.quote(str(root))}" for root in roots[:_SHOWN])
            return InputError(what, where=path, why=why, fix=fix)
    names = [each.name + "/" * is_folder(each) for each in inside]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return InputError(
        what,
        where=path,
        why=f"it holds {', '.join(names[:_SHOWN]) or 'nothing'}{more}; known ones have labels "
        f"in gtFine that end in {' or '.join(_LABELS)}, or in trainannot",
        fix=f"describe your own pictures in a YAML file and give that: --data.root FILE.yaml, with"
        f"\n{EXAMPLE}",
    )

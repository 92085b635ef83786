"""New splits on disk: lists, a description, and links to the files, which stay where they are."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import yaml

from ...claims import filling, refuse_overwriting
from ...errors import InputError
from ...files import write_bytes
from ...labels import IGNORE_INDEX, LabelMap, LabelSpace, identity_map
from ..pairs import SegmentationPair
from ..road_dataset import RoadDataset
from .plan import POOLED, Plan

_IMAGES, _MASKS = "images", "masks"


def check_out(dataset: RoadDataset, out: Path) -> None:
    """Make sure that new splits of ``dataset`` can lie at ``out``.

    Raises:
        InputError: There is something, or it is among the pictures of the data set.
    """
    refuse_overwriting(out)
    folders = [folder for split in POOLED for folder in dataset.layout.image_folders(split)]
    around = next((f for f in folders if out.resolve().is_relative_to(f.resolve())), None)
    if around:
        raise InputError(
            "the new splits would lie among the pictures",
            where=out,
            why=f"whatever is in {around} belongs to the data set",
            fix="name a folder outside of it with --out",
        )


def write_splits(plan: Plan, out: Path) -> Path:
    """Write ``plan`` into a new folder and return its YAML file.

    ``images/DRIVE/NAME`` and ``masks/DRIVE/NAME`` are links to the files of the data set, wherever
    it keeps them; ``train.txt`` and the others list the pictures among these.

    Raises:
        InputError: It cannot be written.
    """
    name = re.sub(r"[^\w.-]", "_", plan.dataset.label_space.name) + ".yaml"
    places = _places([pair for part in plan.parts for pair in part.pairs])
    with filling(out) as folder:
        for part in plan.parts:
            lines = []
            for pair in part.pairs:
                place = next(places)
                for kind, file in ((_IMAGES, pair.image), (_MASKS, pair.mask)):
                    link = folder / kind / f"{place}{file.suffix}"
                    link.parent.mkdir(parents=True, exist_ok=True)
                    link.symlink_to(file.absolute())
                lines.append(f"{_IMAGES}/{place}{pair.image.suffix}\n")
            write_bytes(folder / f"{part.name}.txt", os.fsencode("".join(lines)))
        write_bytes(folder / name, _description(plan).encode())
    return out / name


def _places(pairs: list[SegmentationPair]) -> Iterator[str]:
    """Where each pair is linked, without the endings; no two alike, case aside."""
    taken: set[str] = set()
    for pair in pairs:
        path = PurePosixPath(str(pair.sequence))
        if pair.sequence != pair.key:  # more than one picture to a drive
            path /= PurePosixPath(pair.key).name
        place = "/".join(_part(part) for part in path.parts)
        number = 1
        while (name := place if number == 1 else f"{place}-{number}").casefold() in taken:
            number += 1
        taken.add(name.casefold())
        yield name


def _part(name: str) -> str:
    """What a line of a list can hold, and no second folder called images."""
    plain = re.sub(r"[\x00-\x1f\x7f/\\]", "_", name).strip() or "_"
    return f"{plain}_" if plain in {_IMAGES, ".."} else plain


def _description(plan: Plan) -> str:
    space, label_map = plan.dataset.label_space, plan.dataset.label_map
    splits = {part.name: f"{part.name}.txt" for part in plan.parts}
    plain = {
        **splits,
        "masks_dir": _MASKS,
        "names": dict(enumerate(space.names)),
        **_meaning(space, label_map),
    }
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, default_flow_style=None)


def _meaning(space: LabelSpace, label_map: LabelMap) -> dict[str, object]:
    """What ids and colours mean, as far as it does not go without saying."""
    said: dict[str, object] = {}
    if label_map.stated or label_map.ids != identity_map(space.num_classes):
        said["label_mapping"] = {
            label_id: "ignore_label" if train_id == IGNORE_INDEX else train_id
            for label_id, train_id in label_map.ids.items()
        }
    if label_map.colours:
        said["palette"] = [list(colour) for colour in space.palette]
    if label_map.encoding.channel is not None:
        said["mask_channel"] = label_map.encoding.channel
    if label_map.encoding.divisor > 1:
        said["label_divisor"] = label_map.encoding.divisor
    return said

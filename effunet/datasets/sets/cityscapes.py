"""Cityscapes: German cities, 2048x1024, 19 classes out of 34 label ids."""

import re
from pathlib import Path

from ...labels import LABEL_MAPS, LABEL_SPACES, train_id_map
from ..pairs import PICTURE_SUFFIXES, list_files
from ..road_dataset import ParallelFolders, RoadDataset, existing_root

_TREE = """\
         leftImg8bit/{train,val,test}/CITY/NAME_leftImg8bit.png
         gtFine/{train,val}/CITY/NAME_gtFine_labelIds.png"""
_LABEL_IDS, _TRAIN_IDS = "_gtFine_labelIds", "_gtFine_labelTrainIds"
_OTHERS = ("_gtFine_color", "_gtFine_instanceIds", "_gtFine_instanceTrainIds")


def open_cityscapes(root: str | Path | None) -> RoadDataset:
    """Cityscapes at ``root``, read from the ``labelIds`` files that its archives contain.

    Where train and val have none of them, the ``labelTrainIds`` files are read that its scripts
    write, with void as 255 or, as some exporters have it, 19.

    Raises:
        InputError: It is not there.
    """
    path = existing_root("cityscapes", root, tree=_TREE, needs="leftImg8bit")
    space = LABEL_SPACES["cityscapes"]
    label_map = LABEL_MAPS["cityscapes"]
    train_ids = _has_only_train_ids(path)
    if train_ids:
        label_map = train_id_map(space.num_classes)
    ending, other = (_TRAIN_IDS, _LABEL_IDS) if train_ids else (_LABEL_IDS, _TRAIN_IDS)
    layout = ParallelFolders(
        path,
        images="leftImg8bit/{split}",
        masks="gtFine/{split}",
        image_ending="_leftImg8bit",
        mask_ending=ending,
        other_endings=(*_OTHERS, other),
        origin=re.compile(r"(?P<sequence>.+_\d+)_\d+$"),  # city and sequence, then the frame
    )
    note = f"there is no *{_LABEL_IDS}.png, so train ids are read from *{_TRAIN_IDS}.png"
    return RoadDataset(
        name="cityscapes",
        root=path,
        label_space=space,
        label_map=label_map,
        layout=layout,
        how_to_split=(
            "unpack the archives' own val folders (frankfurt, lindau, munster) beside train"
        ),
        notes=(note,) if train_ids else (),
    )


def _has_only_train_ids(root: Path) -> bool:
    stems = [
        path.stem
        for split in ("train", "val")
        for path in list_files(root / "gtFine" / split, PICTURE_SUFFIXES)
    ]
    ids, train_ids = (
        any(stem.endswith(ending) for stem in stems) for ending in (_LABEL_IDS, _TRAIN_IDS)
    )
    return train_ids and not ids

"""Cityscapes: German cities, 2048x1024, 19 classes out of 34 label ids."""

from pathlib import Path

from ...labels import LABEL_SPACES
from ..road_dataset import ParallelFolders, RoadDataset, existing_root

_TREE = """\
         leftImg8bit/{train,val,test}/CITY/NAME_leftImg8bit.png
         gtFine/{train,val}/CITY/NAME_gtFine_labelIds.png"""


def open_cityscapes(root: str | Path | None) -> RoadDataset:
    """Cityscapes at ``root``, read from the ``labelIds`` files that its archives contain.

    Raises:
        InputError: It is not there.
    """
    path = existing_root("cityscapes", root, tree=_TREE, needs="leftImg8bit")
    layout = ParallelFolders(
        path,
        images="leftImg8bit/{split}",
        masks="gtFine/{split}",
        image_ending="_leftImg8bit",
        mask_ending="_gtFine_labelIds",
    )
    return RoadDataset(
        name="cityscapes",
        root=path,
        label_space=LABEL_SPACES["cityscapes"],
        layout=layout,
        how_to_split=(
            "unpack the archives' own val folders (frankfurt, lindau, munster) beside train"
        ),
    )

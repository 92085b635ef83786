"""IDD-Lite (IIIT Hyderabad): Indian roads, 320x227, 7 classes. Synthetic scenes lie alike."""

from pathlib import Path

from ...labels import LABEL_MAPS, LABEL_SPACES
from ...scenes import FileNames
from ..road_dataset import ParallelFolders, RoadDataset, existing_root

_TREE = """\
         leftImg8bit/{train,val,test}/SEQUENCE/ID_image.jpg
         gtFine/{train,val}/SEQUENCE/ID_label.png"""


DRAWN = "drawn_scenes.json"
"""Lies in a folder of drawn scenes, which is else like IDD-Lite's."""
SCENE_FILES = FileNames(
    image="leftImg8bit/{split}/{sequence}/{frame:06}_image.jpg",
    mask="gtFine/{split}/{sequence}/{frame:06}_label.png",
    marker=DRAWN,
)
"""How :func:`open_synthetic` finds drawn scenes, and what tells them from IDD-Lite."""


def open_idd_lite(root: str | Path | None) -> RoadDataset:
    """IDD-Lite at ``root``, as its archive unpacks.

    Raises:
        InputError: It is not there.
    """
    return _open("idd_lite", root)


def open_synthetic(root: str | Path | None) -> RoadDataset:
    """Painted road scenes, written by ``effunet data make`` in IDD-Lite's layout and labels.

    Raises:
        InputError: They are not there.
    """
    return _open("synthetic", root)


def _open(name: str, root: str | Path | None) -> RoadDataset:
    path = existing_root(name, root, tree=_TREE, needs="leftImg8bit")
    layout = ParallelFolders(
        path,
        images="leftImg8bit/{split}",
        masks="gtFine/{split}",
        image_ending="_image",
        mask_ending="_label",
        image_suffix=".jpg",
        other_endings=("_inst_label",),  # instances, which end in _label too
    )
    return RoadDataset(
        name=name,
        root=path,
        label_space=LABEL_SPACES["idd_lite"],
        label_map=LABEL_MAPS["idd_lite"],
        layout=layout,
        how_to_split=(
            "move every tenth sequence folder, whole because its frames look alike, from "
            "leftImg8bit/train and gtFine/train to leftImg8bit/val and gtFine/val"
        ),
    )

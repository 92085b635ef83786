"""CamVid in the layout of the SegNet tutorial: Cambridge, 480x360, 11 classes."""

import re
from pathlib import Path

from ...labels import LABEL_MAPS, LABEL_SPACES
from ..road_dataset import ParallelFolders, RoadDataset, existing_root

_TREE = """\
         {train,val,test}/NAME.png
         {train,val,test}annot/NAME.png"""


def open_camvid(root: str | Path | None) -> RoadDataset:
    """CamVid at ``root``.

    Raises:
        InputError: It is not there.
    """
    path = existing_root("camvid", root, tree=_TREE, needs="trainannot")
    return RoadDataset(
        name="camvid",
        root=path,
        label_space=LABEL_SPACES["camvid"],
        label_map=LABEL_MAPS["camvid"],
        layout=ParallelFolders(
            path,
            images="{split}",
            masks="{split}annot",
            origin=re.compile(r"(?P<sequence>[^_]+)_"),
        ),
        how_to_split=(
            "move the frames of one drive (names up to the underscore), or the last stretch of "
            "one, from train and trainannot to val and valannot"
        ),
    )

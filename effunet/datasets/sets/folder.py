"""Your own pictures, described by a YAML file: the Ultralytics semantic format, read unchanged.

.. code-block:: yaml

    path: my_roads             # relative to this file
    train: images/train        # a folder, a list of folders, or a .txt that lists pictures
    val: images/val
    masks_dir: masks           # takes the place of images in a picture's path
    names: {0: road, 1: other}
    label_mapping: {7: 0, 8: 1, 0: ignore_label}    # optional: id in the files to class
    palette: [[128, 64, 128], [70, 70, 70]]         # optional, effunet's own key

Where files lie and are written in other ways, keys of effunet's own say so:

.. code-block:: yaml

    train: lists/train.txt
    images: JPEGImages                 # where the names in lists begin, with or without suffix
    masks: SegmentationClass           # in place of masks_dir: a folder, or one for each split
    image_ending: _leftImg8bit         # what ends the names of pictures and not their masks'
    mask_ending: _gtFine_labelIds
    mask_channel: red                  # RGB masks whose red holds the id
    label_divisor: 256                 # 16-bit masks of label * 256 + instance
"""

from pathlib import Path

from ...errors import InputError
from ..road_dataset import RoadDataset
from .described_files import DescribedFiles
from .description import read_description
from .description_faults import EXAMPLE


def open_folder(root: str | Path | None) -> RoadDataset:
    """The data set that the YAML file ``root`` describes.

    Raises:
        InputError: There is no such file, or it makes no sense.
    """
    if root is None:
        raise InputError(
            "no folder data",
            why="no description was given",
            fix=f"--data.root FILE.yaml, with\n{EXAMPLE}",
        )
    description = read_description(Path(root))
    return RoadDataset(
        name="folder",
        root=description.places.path,
        label_space=description.label_space,
        label_map=description.label_map,
        layout=DescribedFiles(description.places),
        how_to_split=(
            f"move about a tenth of the pictures and masks, whole drives at a time, to folders of "
            f"their own and name them in {root}: val: images/val"
        ),
        notes=description.notes,
    )

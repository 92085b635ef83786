"""Your own pictures, described by a YAML file: the Ultralytics semantic format, read unchanged.

.. code-block:: yaml

    path: my_roads             # relative to this file
    train: images/train        # a folder, a list of folders, or a .txt that lists pictures
    val: images/val
    masks_dir: masks           # takes the place of images in a picture's path
    names: {0: road, 1: other}
    label_mapping: {7: 0, 8: 1, 0: ignore_label}    # optional: id in the files to class
    palette: [[128, 64, 128], [70, 70, 70]]         # optional, effunet's own key
"""

from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError
from ...imaging import IMAGE_SUFFIXES
from ..pairs import SegmentationPair, key_of, list_files, pair_folders
from ..road_dataset import RoadDataset
from .description import EXAMPLE, Description, read_description


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
        root=description.path,
        label_space=description.label_space,
        layout=DescribedFolders(description),
        how_to_split=(
            f"move about a tenth of the pictures and masks, whole drives at a time, to folders of "
            f"their own and name them in {root}: val: images/val"
        ),
    )


@dataclass(frozen=True)
class DescribedFolders:
    """Pictures where the description says; masks where ``masks_dir`` replaces ``images``."""

    description: Description
    """What the YAML says."""

    def image_folders(self, split: str) -> list[Path]:
        """Folders and lists named for the split; none where it is not named."""
        return [self.description.path / entry for entry in self.description.splits.get(split, ())]

    def mask_folders(self, split: str) -> list[Path]:
        """Where ``masks_dir`` leads from the split's folders and from the pictures of its lists."""
        folders: set[Path] = set()
        for entry in self.image_folders(split):
            folders |= {path.parent for path in _listed(entry)} if _is_list(entry) else {entry}
        return sorted(self._mask_place(folder) for folder in folders)

    def list_images(self, split: str) -> list[Path]:
        """Pictures of all the split's folders and lists, in order."""
        return sorted({path for entry in self.image_folders(split) for path in _images_of(entry)})

    def list_pairs(self, split: str) -> list[SegmentationPair]:
        """Pictures and masks paired by their place below ``images`` and ``masks_dir``."""
        entries = self.image_folders(split)
        pairs = []
        for entry in entries:
            if _is_list(entry):
                pairs += [self._listed_pair(path) for path in _listed(entry)]
            else:
                # several folders may hold the same names: their own names then open the keys
                prefix = "" if len(entries) == 1 else f"{self._inside(entry).as_posix()}/"
                pairs += [
                    replace(pair, key=prefix + pair.key) for pair in self._folder_pairs(entry)
                ]
        return sorted(pairs, key=lambda pair: pair.key)

    def _folder_pairs(self, folder: Path) -> list[SegmentationPair]:
        mask_folder = self._mask_place(folder)
        return pair_folders(
            list_files(folder, IMAGE_SUFFIXES),
            list_files(mask_folder, IMAGE_SUFFIXES),
            image_name=folder / "*.jpg",
            mask_name=mask_folder / "*.png",
        )

    def _listed_pair(self, image: Path) -> SegmentationPair:
        """A list names pictures one by one, and may leave some of a folder's masks out."""
        place = self._mask_place(image)
        named = [place.with_suffix(suffix) for suffix in _MASK_SUFFIXES]
        mask = next((path for path in named if path.exists()), named[0])
        return SegmentationPair(image, mask, key_of(self._inside(image)))

    def _inside(self, path: Path) -> Path:
        base = self.description.path
        return path.relative_to(base) if path.is_relative_to(base) else Path(path.name)

    def _mask_place(self, image: Path) -> Path:
        """Where the mask of a picture, or the masks of a folder, lie."""
        *parts, masks_dir = *image.parts, self.description.masks_dir
        if "images" not in parts:
            raise InputError(
                "masks cannot be found from the path of the pictures",
                where=image,
                why=f"masks_dir ({masks_dir}) takes the place of a folder called images, and "
                "there is none in the path",
                fix=f"lay pictures out as images/train/... and masks as {masks_dir}/train/...",
            )
        last = len(parts) - 1 - parts[::-1].index("images")
        return Path(*parts[:last], masks_dir, *parts[last + 1 :])


_MASK_SUFFIXES = (".png", ".PNG", ".bmp", ".tif", ".tiff")


def _images_of(entry: Path) -> list[Path]:
    return _listed(entry) if _is_list(entry) else list_files(entry, IMAGE_SUFFIXES)


def _is_list(entry: Path) -> bool:
    return entry.suffix == ".txt"


def _listed(file: Path) -> list[Path]:
    """Pictures a ``.txt`` names, one a line, relative to its folder; none where it is missing."""
    if not file.is_file():
        return []
    lines = file.read_text(encoding="utf-8").splitlines()
    return [file.parent / line.strip() for line in lines if line.strip()]

"""A data set is told by its files' endings, and what told it is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from effunet.datasets import DATASETS, SCENE_FILES, open_dataset, recognise
from effunet.errors import InputError
from effunet.scenes import make_dataset

Lay = Callable[..., Path]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Lays empty files."""

    def laid(*names: str) -> Path:
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return tmp_path

    return laid


IDD_LITE = "gtFine/train/0/1_label.png"
CITYSCAPES = "gtFine/val/ulm/ulm_0_0_gtFine_labelIds.png"
TRAIN_IDS = "gtFine/val/ulm/ulm_0_0_gtFine_labelTrainIds.png"
CAMVID = ("train/1.png", "trainannot/1.png")


@pytest.mark.parametrize(
    ("files", "name", "evidence"),
    [
        ([IDD_LITE], "idd_lite", f"{IDD_LITE} ends in _label"),
        ([IDD_LITE, "gtFine/train/0/1_inst_label.png"], "idd_lite", IDD_LITE),
        ([CITYSCAPES, TRAIN_IDS], "cityscapes", "ends in _gtFine_labelIds"),
        ([TRAIN_IDS], "cityscapes", "ends in _gtFine_labelTrainIds"),
        (CAMVID, "camvid", "train/1.png has its label in trainannot/1.png"),
        ([IDD_LITE, SCENE_FILES.marker], "synthetic", SCENE_FILES.marker),
    ],
)
def test_files_tell(lay: Lay, files: list[str], name: str, evidence: str) -> None:
    found = recognise(lay(*files))
    assert found.name == name
    assert found.name in DATASETS
    assert evidence in found.evidence


@pytest.mark.parametrize(
    "files",
    [
        ["leftImg8bit/train/0/1_image.jpg", "gtFine/train/0/1.png"],  # folders alone tell nothing
        ["gtFine/train/0/1_inst_label.png"],
        ["train/1.png", "trainannot/2.png"],
        ["gtFine/train/0/1_label.txt"],
    ],
)
def test_folders_without_the_endings_tell_nothing(lay: Lay, files: list[str]) -> None:
    with pytest.raises(InputError, match=r"it holds .*/"):
        recognise(lay(*files))


def test_two_matches_are_both_named_and_the_expected_one_is_taken(lay: Lay) -> None:
    root = lay(IDD_LITE, CITYSCAPES)
    with pytest.raises(InputError, match="may be of idd_lite or cityscapes") as caught:
        recognise(root)
    assert caught.value.fix == "--data.name idd_lite or --data.name cityscapes"
    assert recognise(root, expected="cityscapes").name == "cityscapes"
    with pytest.raises(InputError, match="may be of"):
        recognise(root, expected="camvid")


def test_a_description_beside_known_files_is_a_second_match(lay: Lay) -> None:
    root = lay(*CAMVID)
    (root / "mine.yaml").write_text("train: images\nnames: [a, b]\n")
    (root / "recipe.yaml").write_text("data: {name: camvid}\n")
    with pytest.raises(InputError, match="camvid or folder"):
        recognise(root)


def test_a_yaml_is_a_folder_whatever_it_holds(lay: Lay) -> None:
    root = lay("mine.yml", "data.YAML")
    assert recognise(root / "mine.yml").name == recognise(root / "data.YAML").name == "folder"


def test_a_folder_with_one_description_is_opened_by_it(lay: Lay) -> None:
    root = lay("masks/a.png")
    text = "train: images\nmasks_dir: masks\nnames: [road, other]\n"
    (root / "mine.yaml").write_text(text)
    for name in (None, "folder"):
        assert open_dataset(name, root).label_space.names == ("road", "other")
    (root / "other.yaml").write_text(text)
    for name in (None, "folder"):
        with pytest.raises(InputError, match=r"more than one .*\n.*\n.*mine.yaml, other.yaml"):
            open_dataset(name, root)


def test_neighbours_are_pointed_at(lay: Lay) -> None:
    root = lay(*(f"sets/camvid/{file}" for file in CAMVID), f"sets/idd/{IDD_LITE}")
    both = f"--data.root {root}/sets/camvid or --data.root {root}/sets/idd"
    with pytest.raises(InputError, match=both):
        recognise(root / "sets")
    with pytest.raises(InputError, match="the folder around it holds data"):
        recognise(root / "sets/idd/gtFine/train")


@pytest.mark.parametrize("name", ["nowhere", "a.zip", "a\0b"])
def test_what_is_no_folder_is_told(lay: Lay, name: str) -> None:
    with pytest.raises(InputError, match="no data set is recognised"):
        recognise(lay("a.zip") / name)


def test_drawn_scenes_are_told_from_filmed_ones(tmp_path: Path) -> None:
    make_dataset(tmp_path / "drawn", names=SCENE_FILES, count=2, seed=3, size=(32, 32))
    dataset = open_dataset(None, tmp_path / "drawn")
    assert dataset.name == "synthetic"
    assert dataset.notes == (recognise(tmp_path / "drawn").note,)
    assert open_dataset("idd_lite", tmp_path / "drawn").notes == ()


@pytest.mark.parametrize(("folder", "name"), [("idd20k_lite", "idd_lite"), ("CamVid", "camvid")])
def test_real_data_sets(data_root: Path, folder: str, name: str) -> None:
    assert recognise(data_root / folder).name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("roads.zip", "unpack it"),
        ("roads.json", "effunet data convert .*roads.json --from coco --out DIR"),
    ],
)
def test_a_file_that_describes_nothing_says_what_to_do(lay: Lay, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_dataset(None, lay(name) / name)


@pytest.mark.parametrize("name", [None, "idd_lite", "folder"])
def test_an_empty_root_is_none(name: str | None) -> None:
    """And not where the user stands: a variable of the shell that is not set."""
    with pytest.raises(InputError, match="was given"):
        open_dataset(name, "")

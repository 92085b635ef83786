import os
from pathlib import Path, PurePosixPath

import pytest

from effunet.datasets import PICTURE_SUFFIXES, key_of, list_files, strip_ending
from effunet.datasets.pairs import has_ending, pair_folders
from effunet.errors import InputError

PNG = frozenset({".png"})


@pytest.mark.parametrize(
    ("stem", "scene"),
    [
        ("024541_image", "024541"),
        ("024541_label", "024541"),
        ("024541_mask", "024541"),
        ("frankfurt_000000_000294_leftImg8bit", "frankfurt_000000_000294"),
        ("frankfurt_000000_000294_gtFine_labelIds", "frankfurt_000000_000294"),
        ("frankfurt_000000_000294_pred_labelIds", "frankfurt_000000_000294"),
        ("0016E5_07959", "0016E5_07959"),
        ("my_image_2", "my_image_2"),
        ("_image", "_image"),
    ],
)
def test_endings_are_dropped(stem: str, scene: str) -> None:
    assert strip_ending(stem) == scene


def test_keys_keep_the_folder_and_dots_in_names() -> None:
    assert key_of(PurePosixPath("17/0108_image.jpg")) == "17/0108"
    assert key_of(PurePosixPath("0108.v2_label.png")) == "0108.v2"


@pytest.mark.parametrize(
    ("name", "ending", "key"),
    [
        ("d/1_seg.png", "_seg", "d/1"),
        ("um_road_000000.png", "_road", "um_000000"),
        ("um_road_000000.png", "_road_", "um_000000"),
        ("um_lane_000000.png", "_road", None),
        ("1_labels.png", "_label", None),  # another word
        ("a_seg_b_seg.png", "_seg", "a_seg_b"),
        ("new\nline_seg.png", "_seg", "new\nline"),
        ("1_label_seg.png", "_seg", "1"),  # what is known goes, too
        ("_seg.png", "_seg", None),  # nothing would be left
        ("1_.png", "_", "1"),
    ],
)
def test_a_described_ending_is_left_out_of_keys(name: str, ending: str, key: str | None) -> None:
    path = PurePosixPath(name)
    assert has_ending(path, ending) == (key is not None)
    if key is not None:
        assert key_of(path, ending) == key


def test_files_are_listed_in_order_without_hidden_ones(tmp_path: Path) -> None:
    for name in ["b/2.png", "b/1.PNG", "a.png", "._a.png", ".trash/3.png", "a.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in list_files(tmp_path, PNG)]
    assert found == ["a.png", "b/1.PNG", "b/2.png"]


def test_linked_folders_are_followed_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/1.png").touch()
    root = tmp_path / "root"
    root.mkdir()
    (root / "city").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(root)
    assert list_files(root, PNG) == [root / "city/1.png"]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert list_files(tmp_path / "absent", PNG) == []
    assert list_files(tmp_path / "a.png", PNG) == []


def test_a_folder_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open/1.png").touch()
    (tmp_path / "locked").mkdir()
    tmp_path.chmod(0o755)
    (tmp_path / "locked").chmod(0)
    monkeypatch.chdir(tmp_path)  # the folders above may be closed to others
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)  # nobody, to whom a mode means something
        for folder in (Path(), Path("locked")):
            with pytest.raises(InputError, match="Permission denied") as caught:
                list_files(folder, PNG)
            assert caught.value.where == Path("locked")
    finally:
        if root:
            os.seteuid(0)
        (tmp_path / "locked").chmod(0o755)


@pytest.mark.parametrize("name", ["drive7", "drive.7", "2024.05.01"])
def test_a_link_to_a_folder_that_is_gone_is_named(tmp_path: Path, name: str) -> None:
    """A drive on a disk that is not mounted would be missing without a word."""
    (tmp_path / name).symlink_to(tmp_path / "unmounted/drive7")
    with pytest.raises(InputError, match="leads nowhere") as caught:
        list_files(tmp_path, PNG)
    assert caught.value.where == tmp_path / name


def test_pictures_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    for name in ("a.heic", "b.AVIF", "c.gif", "d.jpg", "e.txt"):
        (tmp_path / name).touch()
    found = [path.name for path in list_files(tmp_path, PICTURE_SUFFIXES)]
    assert found == ["a.heic", "b.AVIF", "c.gif", "d.jpg"]


def test_names_of_any_bytes_pair(tmp_path: Path) -> None:
    names = [b"stra\xdfe", b"a b", b"[1]*", b"new\nline", "straße".encode()]
    for name in names:
        for folder, suffix in (("images", b".jpg"), ("masks", b".png")):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / os.fsdecode(name + suffix)).touch()
    pairs = pair_folders(
        list_files(tmp_path / "images", PICTURE_SUFFIXES),
        list_files(tmp_path / "masks", PNG),
        image_name=tmp_path / "images/*.jpg",
        mask_name=tmp_path / "masks/*.png",
    )
    assert {os.fsencode(pair.key) for pair in pairs} == set(names)
    assert all(pair.image.is_file() and pair.mask.is_file() for pair in pairs)


def test_several_label_files_of_one_picture_are_refused_and_all_named(tmp_path: Path) -> None:
    root = tmp_path / "masks"
    masks = [root / name for name in ("s/1.png", "s/1.tif", "s/2.png", "3.png", "3_label.png")]
    with pytest.raises(InputError, match="2 pictures with more than one label file") as caught:
        pair_folders(
            [tmp_path / "images/s/1.jpg"],
            masks,
            image_name=tmp_path / "images/*.jpg",
            mask_name=root / "*.png",
        )
    assert caught.value.where == root
    assert caught.value.why is not None
    lines = [line.strip() for line in caught.value.why.splitlines()]
    assert lines == ["s/1.png and s/1.tif", "3.png and 3_label.png"]


def test_label_files_of_pictures_that_were_not_chosen_are_no_concern(tmp_path: Path) -> None:
    images, masks = tmp_path / "images", tmp_path / "masks"
    pairs = pair_folders(
        [images / "1.jpg"],
        [masks / "1.png", masks / "2.png", masks / "2.tif"],
        image_name=images / "*.jpg",
        mask_name=masks / "*.png",
        selected=True,
    )
    assert [(pair.image.name, pair.mask.name) for pair in pairs] == [("1.jpg", "1.png")]


def test_missing_partners_get_the_name_they_should_have() -> None:
    root = Path("root")
    pairs = pair_folders(
        [root / "img/s/1_image.jpg", root / "img/s/2_image.jpg"],
        [root / "gt/s/2_label.png", root / "gt/s/3_label.png"],
        image_name=root / "img/*_image.jpg",
        mask_name=root / "gt/*_label.png",
    )
    assert [(pair.key, pair.image.name, pair.mask.name) for pair in pairs] == [
        ("s/1", "1_image.jpg", "1_label.png"),
        ("s/2", "2_image.jpg", "2_label.png"),
        ("s/3", "3_image.jpg", "3_label.png"),
    ]
    assert pairs[0].mask == root / "gt/s/1_label.png"
    assert pairs[2].image == root / "img/s/3_image.jpg"

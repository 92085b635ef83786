from pathlib import Path

import pytest

from effunet.errors import InputError
from effunet.inference import find_pictures
from effunet.inference.writers import check_destination


def _touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _keys(source: str | Path) -> list[str]:
    return [picture.key.as_posix() for picture in find_pictures(source).pictures]


def test_folder_is_searched_to_the_bottom_and_keeps_its_tree(tmp_path: Path) -> None:
    _touch(tmp_path, "2/7.jpg", "10/7.jpg", "top.PNG", "notes.txt", "deep/er/1.tif")
    assert _keys(tmp_path) == ["2/7", "10/7", "deep/er/1", "top"]


def test_pictures_that_cannot_be_read_are_not_passed_over(tmp_path: Path) -> None:
    """A telephone's folder; predict names them among the skipped."""
    _touch(tmp_path, "a.jpg", "b.heic", "c.AVIF", "d.txt")
    assert _keys(tmp_path) == _keys(f"{tmp_path}/*") == ["a", "b", "c"]


def test_numbers_sort_by_value(tmp_path: Path) -> None:
    _touch(tmp_path, "F12.jpg", "f10.jpg", "f9.jpg", "f9b10.jpg", "f9b2.jpg")
    assert _keys(tmp_path) == ["f9", "f9b2", "f9b10", "f10", "F12"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", ".b.jpg", ".thumbs/c.jpg")
    assert _keys(tmp_path) == ["a"]


def test_equal_stems_keep_their_suffix(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "a.png", "b.v2.jpg")
    assert _keys(tmp_path) == ["a.jpg", "a.png", "b.v2"]


def test_glob_is_relative_to_its_fixed_part(tmp_path: Path) -> None:
    _touch(tmp_path, "test/1/a.jpg", "test/2/a.jpg", "test/2/b.txt", "val/1/a.jpg")
    assert _keys(f"{tmp_path}/test/*/*.jpg") == ["1/a", "2/a"]
    assert _keys(f"{tmp_path}/**/a.jpg") == ["test/1/a", "test/2/a", "val/1/a"]
    assert _keys(f"{tmp_path}/t*") == ["test/1/a", "test/2/a"]


def test_relative_glob(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch(tmp_path, "a.jpg", "b.jpg", "c/d.jpg")
    monkeypatch.chdir(tmp_path)
    assert _keys("*.jpg") == ["a", "b"]
    assert _keys(".") == ["a", "b", "c/d"]


def test_a_name_that_exists_is_no_glob(tmp_path: Path) -> None:
    _touch(tmp_path, "a[1]/x.jpg", "a1/y.jpg", "b[1].jpg")
    assert _keys(tmp_path / "a[1]") == ["x"]
    assert _keys(tmp_path / "b[1].jpg") == ["b[1]"]


def test_links_are_followed_once(tmp_path: Path) -> None:
    _touch(tmp_path, "disk/a.jpg", "photos/b.jpg")
    (tmp_path / "photos/disk").symlink_to(tmp_path / "disk")
    for name in ("loop", "another"):  # two, so that following them would never end
        (tmp_path / "disk" / name).symlink_to(tmp_path / "disk")
    assert _keys(tmp_path / "photos") == ["b", "disk/a"]


def test_one_file_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    _touch(tmp_path, "upload.bin", "other.jpg")
    source = find_pictures(tmp_path / "upload.bin")
    assert source.single
    assert _keys(tmp_path / "upload.bin") == ["upload"]


@pytest.mark.parametrize("name", ["absent", "absent.jpg", "empty", "*.gif"])
def test_nothing_there_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        find_pictures(tmp_path / name)


def test_no_name_is_not_the_folder_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _touch(tmp_path, "a.jpg")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no picture is named"):
        find_pictures("")


def test_several_sources_are_one(tmp_path: Path) -> None:
    _touch(tmp_path, "drive/a.jpg", "drive/b/c.jpg", "drive/notes.txt", "other/d.png")
    drive, other = tmp_path / "drive", tmp_path / "other"
    found = find_pictures(drive / "a.jpg", drive / "notes.txt", drive / "b")
    assert found.root == drive
    assert [str(picture.key) for picture in found.pictures] == ["a", "b/c"]
    found = find_pictures(drive, drive / "a.jpg", f"{other}/*.png")
    assert [str(picture.key) for picture in found.pictures] == ["drive/a", "drive/b/c", "other/d"]
    with pytest.raises(InputError, match=r"no such picture or folder: .*absent\.jpg"):
        find_pictures(drive, tmp_path / "absent.jpg")


def test_own_results_are_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch(tmp_path, "a.jpg", "runs/predict/x/a.png", "runs/train/y/grid.jpg", "runs/day1/b.jpg")
    monkeypatch.chdir(tmp_path)
    Path("runs/train/latest").symlink_to("gone")
    for source in (".", tmp_path, "**/*"):
        keys = [str(picture.key) for picture in find_pictures(source).pictures]
        assert keys == ["a", "runs/day1/b"]
    assert [str(p.key) for p in find_pictures("a.jpg", "runs").pictures] == ["a", "runs/day1/b"]
    assert [str(p.key) for p in find_pictures("runs/predict").pictures] == ["x/a"]
    check_destination(Path("runs/predict/x"), find_pictures("."))
    with pytest.raises(InputError, match="among the source's own pictures"):
        check_destination(Path("masks"), find_pictures("."))


def test_label_files_are_no_pictures(tmp_path: Path) -> None:
    _touch(tmp_path, "gtFine/train/0/1_label.png", "leftImg8bit/train/0/1.jpg", "drive/a.jpg")
    found = find_pictures(tmp_path)
    assert [picture.path.name for picture in found.pictures] == ["a.jpg", "1.jpg"]
    assert found.label_folders == {(tmp_path / "gtFine/train").resolve()}
    of_several = find_pictures(tmp_path, tmp_path / "drive")
    assert [picture.path.name for picture in of_several.pictures] == ["a.jpg", "1.jpg"]
    assert _keys(f"{tmp_path}/gtFine/*/*/*.png") == ["train/0/1_label"]
    with pytest.raises(InputError, match="among the source's own pictures"):
        check_destination(tmp_path / "gtFine/train", found)


def test_a_folder_of_label_files_alone_is_meant(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        _touch(tmp_path, f"{folder}/train/1.png", f"{folder}/val/2.png")
    (tmp_path / "mine.yaml").write_text(
        "train: images/train\nval: images/val\nmasks_dir: masks\nnames: {0: road, 1: other}\n"
    )
    assert _keys(tmp_path) == ["images/train/1", "images/val/2"]
    assert _keys(tmp_path / "masks") == ["train/1", "val/2"]


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (["my", "photo.jpg"], "--source 'my photo.jpg'"),
        (["a.jpg", "masks"], "--source a.jpg --out masks if masks go there"),
        (["a.jpg b.jpg"], "--source a.jpg b.jpg"),
        (["a.jpg,b.jpg"], "--source a.jpg b.jpg"),
        (["drive.zip"], "an archive(?s:.*)--source drive"),
        (["list.txt"], r"--source \$\(cat list.txt\)"),
        (["drive.MP4"], "a video"),
        (["mine.yaml"], "a YAML file"),
        (["https://a.b/c.jpg"], "called https://a.b/c.jpg"),
        (["/dev/video9"], "not from the network or a camera"),
    ],
)
def test_what_is_not_taken_says_what_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: list[str], message: str
) -> None:
    _touch(
        tmp_path,
        "my photo.jpg",
        "a.jpg",
        "b.jpg",
        "drive.zip",
        "list.txt",
        "drive.MP4",
        "mine.yaml",
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        find_pictures(*sources)

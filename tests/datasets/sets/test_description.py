import re
from pathlib import Path

import pytest

from effunet.datasets.pairs import NO_ENDINGS, Endings
from effunet.datasets.sets.description import read_description
from effunet.errors import InputError
from effunet.labels import (
    IGNORE_INDEX,
    LABEL_MAPS,
    LABEL_SPACES,
    PLAIN_IDS,
    IdEncoding,
    LabelMap,
)

PLAIN = "train: images/train\nval: images/val\nmasks_dir: masks\nnames: {0: road, 1: other}\n"


MASKS = "train: images/train\nval: images/val\nmasks: {}\nnames: [road, other]\n"


def _file(folder: Path, text: str) -> Path:
    file = folder / "roads.yaml"
    file.write_text(text)
    return file


def test_the_shortest_description(tmp_path: Path) -> None:
    description = read_description(_file(tmp_path, PLAIN))
    space = description.label_space
    assert description.places.path == tmp_path
    assert description.places.splits == {"train": ("images/train",), "val": ("images/val",)}
    assert (space.name, space.names) == ("roads", ("road", "other"))
    assert description.label_map == LabelMap({0: 0, 1: 1})
    assert len(set(space.palette)) == 2


def test_an_ultralytics_file_is_read_unchanged(tmp_path: Path) -> None:
    """Its Cityscapes file: other keys are there, ids are mapped, void goes by a name."""
    (tmp_path / "cityscapes").mkdir()
    names = "".join(
        f"  {index}: {name}\n" for index, name in enumerate(LABEL_SPACES["cityscapes"].names)
    )
    mapping = "  -1: ignore_label\n" + "".join(
        f"  {label_id}: {'ignore_label' if train_id == 255 else train_id}\n"
        for label_id, train_id in LABEL_MAPS["cityscapes"].ids.items()
    )
    file = _file(
        tmp_path,
        "path: cityscapes # dataset root\ntrain: images/train\nval: images/val\ntest: images/test\n"
        f"masks_dir: masks\nnc: 19\nnames:\n{names}label_mapping:\n{mapping}"
        "download: |\n  print('never run')\n",
    )
    description = read_description(file)
    assert description.places.path == tmp_path / "cityscapes"
    assert set(description.places.splits) == {"train", "val", "test"}
    assert description.label_map.ids == LABEL_MAPS["cityscapes"].ids
    assert description.label_map.colours == LABEL_MAPS["cityscapes"].colours  # known names
    assert description.label_space.palette == LABEL_SPACES["cityscapes"].palette  # known names


def test_names_may_be_a_list_and_255_may_be_a_class(tmp_path: Path) -> None:
    text = PLAIN.replace("{0: road, 1: other}", "[other, road]")
    described = read_description(_file(tmp_path, text + "label_mapping: {0: 0, 255: 1}"))
    assert described.label_space.names == ("other", "road")
    assert described.label_map.lookup_table()[[0, 1, 255]].tolist() == [0, IGNORE_INDEX, 1]


def test_a_mapping_that_only_says_what_is_void_leaves_the_classes_as_they_are(
    tmp_path: Path,
) -> None:
    void = "label_mapping: {11: ignore_label, 1: ignore_label}"
    described = read_description(_file(tmp_path, PLAIN + void))
    assert described.label_map.ids == {0: 0, 1: IGNORE_INDEX, 11: IGNORE_INDEX}
    named = read_description(_file(tmp_path, PLAIN + "label_mapping: {11: ignore_label, 7: 0}"))
    assert 1 not in named.label_map.ids


def test_a_palette_of_ones_own(tmp_path: Path) -> None:
    text = PLAIN + "palette: [[1, 2, 3], [4, 5, 6]]"
    described = read_description(_file(tmp_path, text))
    assert described.label_space.palette == ((1, 2, 3), (4, 5, 6))
    assert described.label_map.colours == {(1, 2, 3): 0, (4, 5, 6): 1, (0, 0, 0): IGNORE_INDEX}


def test_colours_that_two_classes_share_mean_nothing(tmp_path: Path) -> None:
    text = PLAIN + "palette: [[1, 2, 3], [1, 2, 3]]"
    assert read_description(_file(tmp_path, text)).label_map.colours == {}
    assert read_description(_file(tmp_path, PLAIN)).label_map.colours == {}  # chosen, not known


def test_one_class_alone_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one class alone, road") as caught:
        read_description(_file(tmp_path, PLAIN.replace("{0: road, 1: other}", "[road]")))
    assert "names: {0: other, 1: road}" in caught.value.fix


def test_path_may_name_the_files_own_folder_or_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "elsewhere" / "roads"
    own.mkdir(parents=True)
    assert read_description(_file(own, "path: roads\n" + PLAIN)).places.path == own
    (tmp_path / "here" / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    found = read_description(_file(own, "path: data\n" + PLAIN)).places.path
    assert found == tmp_path / "here" / "data"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("[no, yes]", ("no", "yes")),
        ("{0: off, 1: On}", ("off", "On")),
        ("[null, ~]", ("null", "~")),
        ("[1.0, 1e3, 012, 2024-01-01, y]", ("1.0", "1e3", "012", "2024-01-01", "y")),
        ("&n [no, 'yes']", ("no", "yes")),
        ("{'0': road, 1: 'no'}", ("road", "no")),
    ],
)
def test_names_are_the_text_that_stands_there(
    tmp_path: Path, written: str, names: tuple[str, ...]
) -> None:
    """YAML 1.1 reads no as false and 1.0 as a number."""
    file = _file(tmp_path, PLAIN.replace("{0: road, 1: other}", written))
    assert read_description(file).label_space.names == names


def test_folders_are_the_text_that_stands_there(tmp_path: Path) -> None:
    (tmp_path / "no").mkdir()
    text = "path: no\ntrain: 2024-01-01\nval: [2024, off]\ntest:\nmasks_dir: 1.0\nnames: [a, b]\n"
    description = read_description(_file(tmp_path, text))
    assert description.places.path == tmp_path / "no"
    assert description.places.splits == {"train": ("2024-01-01",), "val": ("2024", "off")}
    assert description.places.masks_dir == "1.0"


def test_the_home_folder_may_be_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "roads").mkdir()
    _file(tmp_path, "path: ~/roads\n" + PLAIN)
    assert read_description(Path("~/roads.yaml")).places.path == tmp_path / "roads"
    _file(tmp_path, "path: ~nobody-of-this-name/roads\n" + PLAIN)
    with pytest.raises(InputError, match="no such home folder"):
        read_description(Path("~/roads.yaml"))


def test_keys_that_nothing_reads_are_named_once(tmp_path: Path) -> None:
    text = PLAIN + "nc: 2\nchannels: 3\ndownload: x.zip\nweather: rain\non: {a: b}\nauthor: me\n"
    (note,) = read_description(_file(tmp_path, text)).notes
    assert note.endswith("nothing reads: weather (line 8), on (line 9), author (line 10)")
    assert read_description(_file(tmp_path, PLAIN + "nc: 2\nkpt_shape: [1, 2]")).notes == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no keys"),
        ("- a\n- b", "holds no keys"),
        ("names: [a: b: c", "not YAML"),
        ("!!python/object:os.system {}", "line 1 has the tag"),
        ("[" * 20_000, "not YAML"),
        (PLAIN.replace("train: images/train\nval: images/val", "a: b"), "neither train nor val"),
        (PLAIN.replace("images/train", "{a: b}"), "train is not a folder"),
        (PLAIN.replace("masks_dir: masks", "a: b"), "no masks_dir"),
        (PLAIN.replace("masks_dir", "masks_folder"), "has the key masks_folder(.|\\n)*masks_dir"),
        (PLAIN.replace("masks_dir", "Masks_Dir"), "has the key Masks_Dir(.|\\n)*masks_dir"),
        (PLAIN.replace("val:", "valid:"), "line 2 has the key valid(.|\\n)*did you mean val"),
        (PLAIN.replace("names", "classes"), "line 4 has the key classes(.|\\n)*mean names"),
        (PLAIN + "num_classes: 2", "did you mean nc"),
        (PLAIN + "seg_map_suffix: _x.png", "did you mean mask_ending"),
        (PLAIN.replace("names: {0: road, 1: other}", ""), "it has no names"),
        (PLAIN.replace("{0: road, 1: other}", ""), "it has no names"),
        (PLAIN.replace("{0: road, 1: other}", "road"), "does not number"),
        (
            PLAIN.replace("{0: road, 1: other}", "{7: road, 8: other}"),
            r"names: {0: road, 1: other} and label_mapping: {0: ignore_label, 7: 0, 8: 1}",
        ),
        (
            PLAIN.replace("{0: road, 1: other}", "{other: 1, road: 0}"),
            r"write names: {0: road, 1: other}$",
        ),
        (PLAIN.replace("images/train", r"images\train"), r"train \(line 1\) .*: images\\train\n"),
        (PLAIN.replace("images/train", r'"images\train"'), r"line 1\) .*: images\\train\n"),
        (PLAIN.replace(" masks\n", " a\\b\n"), r"masks_dir \(line 3\) is written with backsl"),
        ("path: D:\\me\\roads\n" + PLAIN, r"write path: D:/me/roads$"),
        ('path: "D:\\me\\roads"\n' + PLAIN, "YAML's own"),
        (PLAIN + "masks: masks", "both say where"),
        (MASKS.format("{train: a}"), "masks says nothing of val"),
        (MASKS.format("{train: a, val: b, test: c}"), "masks names test"),
        (MASKS.format("{train: [a, b], val: c}"), "2 folders for the 1 of train"),
        (MASKS.format("{train: {a: b}, val: c}"), "masks is not a folder"),
        (MASKS.format("a").replace("images/val", "val.txt"), "write images: FOLDER"),
        (PLAIN + "images: images", "there is no list"),
        (PLAIN + "image_ending: a/b", r"image_ending \(line 5\) is no end"),
        (PLAIN + "mask_ending: [a]", "mask_ending"),
        (PLAIN + "mask_channel: alpha", "red, green or blue"),
        (PLAIN + "mask_channel: [red]", "red, green or blue"),
        (PLAIN + "label_divisor: 0", r"label_divisor \(line 5\) divides no number"),
        (PLAIN + "label_divisor: 25.6", "label_divisor: 256"),
        (PLAIN + "label_divisor: true", "divides no number"),
        (PLAIN.replace("masks_dir", "mask_dir"), "did you mean masks_dir"),
        (PLAIN + "label_maping: {7: 0}", "did you mean label_mapping"),
        (PLAIN.replace("names", "nams"), "did you mean names"),
        (PLAIN.replace("{0: road, 1: other}", "{1: road, 2: other}"), "does not number"),
        (
            PLAIN.replace("{0: road, 1: other}", "{0: road, 0: other}"),
            "line 4 repeats the key 0 of line 4",
        ),
        (PLAIN.replace("{0: road, 1: other}", "[road, road]"), "one name"),
        (PLAIN.replace("{0: road, 1: other}", "[[road]]"), "not text"),
        (PLAIN.replace("road", "''"), "not text"),
        (PLAIN.replace("{0: road, 1: other}", "{0: road, 00: other}"), "does not number"),
        (PLAIN + "nc: 3", "names has 2 classes, and nc"),
        (PLAIN + "nc: two", "names has 2 classes, and nc"),
        (PLAIN.replace("images/train", "[images/train, '']"), "train is not a folder"),
        (PLAIN.replace("images/train", r'"nul\0"'), "train is not a folder"),
        ("path: {a: b}\n" + PLAIN, "path names no folder"),
        (PLAIN + "masks_dir: other", "line 5 repeats the key masks_dir"),
        (PLAIN + "label_mapping: {7: 2}", "class 2 of 2"),
        (PLAIN + "label_mapping: {7: road}", r"label_mapping\[7\]"),
        (PLAIN + "label_mapping: {7: true}", r"label_mapping\[7\]"),
        (PLAIN + "label_mapping: {300: 1}", "id 300"),
        (PLAIN + "label_mapping: [0, 1]", "not a mapping"),
        (PLAIN + "palette: [[1, 2, 3]]", "palette"),
        (PLAIN + "palette: [[1, 2, 3], [1, 2, 300]]", "every class a colour, other for one"),
        (PLAIN + "palette: [[0.5, 0, 1], [1, 2, 3]]", r"palette \(line 5\).*, road for one"),
        (PLAIN + "palette: [[1, 2, 3], [1, 2, 10.9]]", "every class a colour"),
        (PLAIN + "palette: [[1, 2, 3], [1, 2, '200']]", "every class a colour"),
        (PLAIN + "palette: [[1, 2, 3], [1, 2, true]]", "every class a colour"),
        (PLAIN + "palette: [[1, 2, 3], [1, 2]]", "every class a colour"),
        (PLAIN + "palette: {0: [1, 2, 3], 1: [4, 5, 6]}", "every class a colour"),
        ("path: nowhere\n" + PLAIN, "nowhere"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path: Path, text: str, why: str) -> None:
    file = _file(tmp_path, text)
    with pytest.raises(InputError, match=why) as caught:
        read_description(file)
    assert caught.value.where == file
    assert caught.value.fix


def test_a_folder_with_a_backslash_in_its_name_is_one_where_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "a\\b").mkdir()
    text = PLAIN.replace("images/train", "a\\b")
    assert read_description(_file(tmp_path, text)).places.splits["train"] == ("a\\b",)


def test_keys_of_the_files_places_and_of_what_they_hold(tmp_path: Path) -> None:
    text = MASKS.format("{train: a, val: b}") + "mask_channel: red\nlabel_divisor: 16\n"
    text += "image_ending: _rgb.png\nmask_ending: _labelIds\n"
    description = read_description(_file(tmp_path, text))
    assert description.places.masks == {"train": ("a",), "val": ("b",)}
    assert description.places.masks_dir is None
    assert description.places.endings == Endings("_rgb", "_labelIds")
    assert description.label_map.encoding == IdEncoding("red", 16)
    plain = read_description(_file(tmp_path, PLAIN))
    assert plain.places.endings == NO_ENDINGS
    assert plain.label_map.encoding == PLAIN_IDS


def test_an_alias_bomb_is_refused_without_being_unfolded(tmp_path: Path) -> None:
    """Ten lines that stand for 10^9 leaves; printing them would take hours."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    for key in (
        *("names", "nc", "train", "palette", "label_mapping", "path", "masks_dir", "masks"),
        *("images", "image_ending", "mask_ending", "mask_channel", "label_divisor"),
    ):
        kept = "\n".join(line for line in PLAIN.splitlines() if not line.startswith(key))
        file = _file(tmp_path, "\n".join([*lines, kept, f"{key}: *a9"]))
        with pytest.raises(InputError) as caught:
            read_description(file)
        assert len(str(caught.value)) < 1000


def test_the_descriptions_of_the_guide_are_read(tmp_path: Path) -> None:
    (tmp_path / "my_roads").mkdir()
    guide = Path(__file__).parents[3] / "docs/own_data.md"
    blocks = re.findall(r"```yaml\n(.*?)```", guide.read_text(), re.DOTALL)
    assert len(blocks) > 5
    for block in blocks:
        names = "" if "names:" in block else "names: [road, other]\n"
        assert read_description(_file(tmp_path, names + block)).notes == ()


def test_a_folder_is_no_description(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_description(tmp_path)


def test_classes_without_a_palette_are_painted_as_people_know_them(tmp_path: Path) -> None:
    palette = read_description(_file(tmp_path, PLAIN)).label_space.palette
    assert palette[0] == LABEL_SPACES["cityscapes"].palette[0]

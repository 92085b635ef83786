from functools import partial
from pathlib import Path

import numpy as np
import pytest

from effunet import scenes
from effunet.datasets import SCENE_FILES, load_pair, open_dataset
from effunet.errors import InputError
from effunet.imaging import read_image, read_mask, read_palette
from effunet.scenes import paint_scene

make_dataset = partial(scenes.make_dataset, names=SCENE_FILES)
SIZE = (48, 64)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scenes")
    counts = make_dataset(out, count=15, seed=5, size=SIZE)
    assert counts == {"train": 10, "val": 3, "test": 2}
    return out


def test_the_layout_is_idd_lites(made: Path) -> None:
    dataset = open_dataset("synthetic", made)
    for split, count in {"train": 10, "val": 3}.items():
        pairs = dataset.pairs(split)
        assert len(pairs) == count
        image, mask = load_pair(pairs[0], dataset.label_map)
        assert image.shape == (*SIZE, 3)
        assert set(np.unique(mask).tolist()) <= dataset.label_map.known_ids
    assert len(list(made.rglob("test/*/*_image.jpg"))) == 2
    assert not (made / "gtFine/test").exists()


def test_labels_are_grey_ids(made: Path) -> None:
    label = next(made.rglob("*_label.png"))
    assert read_palette(label) is None
    assert read_mask(label).dtype == np.uint8


def test_no_sequence_is_in_two_splits(made: Path) -> None:
    sequences = [
        {folder.name for folder in (made / "leftImg8bit" / split).iterdir()}
        for split in ("train", "val", "test")
    ]
    assert len(set.union(*sequences)) == sum(map(len, sequences))
    assert len(sequences[0]) == 4  # three frames to a sequence


def test_names_recur_from_sequence_to_sequence(made: Path) -> None:
    names = [path.name for path in made.rglob("*_image.jpg")]
    assert len(set(names)) < len(names)


def test_the_seed_decides_the_pictures(made: Path, tmp_path: Path) -> None:
    make_dataset(tmp_path / "same", count=15, seed=5, size=SIZE)
    make_dataset(tmp_path / "other", count=15, seed=6, size=SIZE)
    label = "gtFine/train/0/000000_label.png"
    assert (made / label).read_bytes() == (tmp_path / "same" / label).read_bytes()
    assert (made / label).read_bytes() != (tmp_path / "other" / label).read_bytes()


def test_sequences_are_drives(made: Path) -> None:
    scene = int(np.random.SeedSequence([5, 0]).generate_state(1)[0])
    for frame in range(3):
        _, mask = paint_scene(scene, size=SIZE, frame=frame)
        written = read_mask(made / f"gtFine/train/0/{frame:06}_label.png")
        np.testing.assert_array_equal(written, mask)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_dataset(
        tmp_path / "new",
        count=3,
        seed=0,
        size=SIZE,
        progress=lambda *done: told.append(done),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_nothing_is_overwritten(made: Path) -> None:
    before = sorted(made.rglob("*"))
    with pytest.raises(InputError, match="nothing is overwritten"):
        make_dataset(made, count=4, seed=0, size=SIZE)
    assert sorted(made.rglob("*")) == before


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    assert make_dataset(tmp_path, count=2, seed=0, size=SIZE) == {
        "train": 1,
        "val": 1,
        "test": 0,
    }


@pytest.mark.parametrize(("count", "test_share"), [(1, 0.0), (0, 0.0), (10, 0.8)])
def test_too_few_pictures_are_refused(tmp_path: Path, count: int, test_share: float) -> None:
    with pytest.raises(InputError, match="too few"):
        make_dataset(
            tmp_path / "new",
            count=count,
            seed=0,
            size=SIZE,
            test_share=test_share,
        )
    assert not (tmp_path / "new").exists()


def test_too_small_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too small"):
        make_dataset(tmp_path / "new", count=4, seed=0, size=(16, 64))


def test_negative_seeds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="negative"):
        make_dataset(tmp_path / "new", count=4, seed=-1, size=SIZE)


def test_jpeg_keeps_the_picture(made: Path) -> None:
    scene = int(np.random.SeedSequence([5, 0]).generate_state(1)[0])
    painted, _ = paint_scene(scene, size=SIZE)
    written = read_image(made / "leftImg8bit/train/0/000000_image.jpg")
    assert np.abs(painted.astype(int) - written).mean() < 8

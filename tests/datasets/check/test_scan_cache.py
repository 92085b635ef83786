import json
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.datasets import SegmentationPair, check_split, open_dataset
from effunet.datasets.check.scan_cache import PairFacts, ScanCache
from effunet.imaging import read_image
from effunet.labels import LABEL_SPACES

FACTS = PairFacts(height=2, width=3, ids={0: 4, 255: 2}, palette="camvid")


@pytest.fixture
def pair(tmp_path: Path) -> SegmentationPair:
    files = tmp_path / "a.jpg", tmp_path / "a.png"
    for file in files:
        file.write_text("x")
    return SegmentationPair(*files, key="a")


def test_facts_are_found_by_the_next_run(tmp_path: Path, pair: SegmentationPair) -> None:
    cache = ScanCache(tmp_path, tmp_path / "cache")
    assert cache.find(pair) is None
    cache.add(pair, FACTS)
    assert cache.find(pair) == FACTS
    assert ScanCache(tmp_path, tmp_path / "cache").find(pair) is None  # not saved yet
    cache.save()
    assert ScanCache(tmp_path, tmp_path / "cache").find(pair) == FACTS
    assert ScanCache(tmp_path / "other", tmp_path / "cache").find(pair) is None


@pytest.mark.parametrize("changed", ["image", "mask"])
def test_a_changed_file_is_looked_at_again(
    tmp_path: Path, pair: SegmentationPair, changed: str
) -> None:
    cache = ScanCache(tmp_path, tmp_path / "cache")
    cache.add(pair, FACTS)
    os.utime(getattr(pair, changed), ns=(1, 1))
    assert cache.find(pair) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", "\xff"])
def test_a_broken_cache_is_ignored(tmp_path: Path, pair: SegmentationPair, content: str) -> None:
    folder = tmp_path / "cache"
    cache = ScanCache(tmp_path, folder)
    cache.add(pair, FACTS)
    cache.save()
    (file,) = folder.iterdir()
    file.write_text(content, encoding="latin-1")
    assert ScanCache(tmp_path, folder).find(pair) is None


def test_another_version_is_ignored(tmp_path: Path, pair: SegmentationPair) -> None:
    cache = ScanCache(tmp_path, tmp_path / "cache")
    cache.add(pair, FACTS)
    cache.save()
    (file,) = (tmp_path / "cache").iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": 99}))
    assert ScanCache(tmp_path, tmp_path / "cache").find(pair) is None


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, pair: SegmentationPair) -> None:
    (tmp_path / "cache").touch()
    cache = ScanCache(tmp_path, tmp_path / "cache")
    cache.add(pair, FACTS)
    cache.save()


def test_sound_files_are_read_once(idd_lite_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    pairs = dataset.pairs("train")
    space = LABEL_SPACES["idd_lite"]
    first = check_split(pairs, space)
    read: list[Path] = []

    def counting(path: Path) -> NDArray[np.uint8]:
        read.append(path)
        return read_image(path)

    monkeypatch.setattr("effunet.datasets.check.integrity.read_image", counting)
    second = check_split(pairs, space)
    assert read == []
    assert second.sizes == first.sizes
    assert second.class_pixels.tolist() == first.class_pixels.tolist()
    os.utime(pairs[2].image, ns=(1, 1))
    check_split(pairs, space)
    assert read == [pairs[2].image]

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import SegmentationPair, check_split, open_dataset
from effunet.datasets.check import scan_cache
from effunet.datasets.check.faults import Fault
from effunet.datasets.check.scan import PairFacts, scan
from effunet.datasets.check.scan_cache import open_scan_cache
from effunet.imaging import read_mask, write_mask
from effunet.labels import LABEL_MAPS, LABEL_SPACES, IdEncoding

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def pair(tmp_path: Path) -> SegmentationPair:
    root = tmp_path / "data"
    write_mask(root / "a.png", np.array([[0, 1, 255]], np.uint8))
    Image.new("RGB", (3, 1)).save(root / "a.bmp")
    return SegmentationPair(root / "a.bmp", root / "a.png", key="a")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of the pairs whose files were read."""
    keys: list[str] = []

    def counting(
        pair: SegmentationPair, encoding: IdEncoding
    ) -> tuple[PairFacts | None, list[Fault]]:
        keys.append(pair.key)
        return scan(pair, encoding)

    monkeypatch.setattr(scan_cache, "scan", counting)
    return keys


def _facts(pair: SegmentationPair, folder: Path) -> PairFacts:
    with open_scan_cache(pair.image.parent, folder) as cache:
        facts, faults = cache.scan(pair)
    assert facts is not None
    assert not faults
    return facts


def test_facts_are_found_by_the_next_run(
    tmp_path: Path, pair: SegmentationPair, looked_at: list[str]
) -> None:
    facts = _facts(pair, tmp_path / "cache")
    assert facts.values == {0: 1, 1: 1, 255: 1}
    assert _facts(pair, tmp_path / "cache") == facts
    assert looked_at == ["a"]


@pytest.mark.parametrize("changed", ["image", "mask"])
def test_a_changed_file_is_looked_at_again(
    tmp_path: Path, pair: SegmentationPair, looked_at: list[str], changed: str
) -> None:
    _facts(pair, tmp_path / "cache")
    os.utime(getattr(pair, changed), ns=(1, 1))
    _facts(pair, tmp_path / "cache")
    assert len(looked_at) == 2


def test_a_mask_rewritten_with_the_same_size_and_time_is_looked_at_again(
    tmp_path: Path, pair: SegmentationPair
) -> None:
    _facts(pair, tmp_path / "cache")
    before = pair.mask.stat()
    write_mask(pair.mask, np.array([[1, 0, 0]], np.uint8))
    os.utime(pair.mask, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = pair.mask.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert _facts(pair, tmp_path / "cache").values == {0: 2, 1: 1}


def test_another_file_with_the_same_size_and_times_is_looked_at(
    tmp_path: Path, pair: SegmentationPair
) -> None:
    there, other = tmp_path / "there", tmp_path / "other"
    for _ in range(100):  # the system's clock ticks seldom: two files soon have one time
        write_mask(there / "a.png", np.array([[0, 1, 255]], np.uint8))
        write_mask(other / "a.png", np.array([[1, 0, 0]], np.uint8))
        for folder in (there, other):
            os.utime(folder / "a.png", ns=(1, 1))
        first, second = (folder.joinpath("a.png").stat() for folder in (there, other))
        if first.st_ctime_ns == second.st_ctime_ns:
            break
    else:
        pytest.skip("every file has a time of its own here")
    assert (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)
    moved = SegmentationPair(pair.image, there / "a.png", key="a")
    _facts(moved, tmp_path / "cache")
    there.rename(tmp_path / "before")
    other.rename(there)  # which changes no time of what is inside
    assert _facts(moved, tmp_path / "cache").values == {0: 2, 1: 1}


def test_every_path_to_a_file_is_one(
    tmp_path: Path,
    pair: SegmentationPair,
    looked_at: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _facts(pair, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("data")
    for folder in (Path("data"), Path("../" + tmp_path.name + "/data"), tmp_path / "link"):
        _facts(SegmentationPair(folder / "a.bmp", folder / "a.png", "a"), tmp_path / "cache")
    assert len(looked_at) == 1


@pytest.mark.parametrize("content", ["", "[]", "{}", "\xff"])
def test_a_broken_cache_is_ignored(
    tmp_path: Path, pair: SegmentationPair, looked_at: list[str], content: str
) -> None:
    folder = tmp_path / "cache"
    _facts(pair, folder)
    (file,) = folder.glob("*.json")
    file.write_text(content, encoding="latin-1")
    _facts(pair, folder)
    assert len(looked_at) == 2


def test_another_version_is_ignored(
    tmp_path: Path, pair: SegmentationPair, looked_at: list[str]
) -> None:
    _facts(pair, tmp_path / "cache")
    (file,) = (tmp_path / "cache").glob("*.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": 99}))
    _facts(pair, tmp_path / "cache")
    assert len(looked_at) == 2


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, pair: SegmentationPair) -> None:
    (tmp_path / "cache").touch()
    _facts(pair, tmp_path / "cache")


def test_a_user_without_a_home_has_no_cache(
    pair: SegmentationPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    with open_scan_cache(pair.image.parent) as cache:
        assert cache.scan(pair)[0]


def test_faulty_pairs_are_looked_at_every_time(
    tmp_path: Path, pair: SegmentationPair, looked_at: list[str]
) -> None:
    pair.mask.unlink()
    for _ in range(2):
        with open_scan_cache(pair.image.parent, tmp_path / "cache") as cache:
            facts, (fault,) = cache.scan(pair)
        assert facts is None
        assert fault.where == pair.mask
    assert len(looked_at) == 2


def test_what_was_learnt_before_an_interruption_is_kept(
    tmp_path: Path, pair: SegmentationPair, looked_at: list[str]
) -> None:
    def interrupted() -> None:
        with open_scan_cache(pair.image.parent, tmp_path) as cache:
            cache.scan(pair)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    _facts(pair, tmp_path)
    assert len(looked_at) == 1


# several processes


def _hold(pair: SegmentationPair, folder: Path, held: Path, done: Path) -> None:
    """Keep the cache until ``done`` is there, and look at ``pair`` last."""
    with open_scan_cache(pair.image.parent, folder) as cache:
        held.touch()
        _wait_for(done)
        cache.scan(pair)


def _wait_for(file: Path) -> None:
    while not file.exists():
        time.sleep(0.01)


@contextmanager
def _holder(pair: SegmentationPair, folder: Path) -> Iterator[tuple[multiprocessing.Process, Path]]:
    held, done = folder.parent / "held", folder.parent / "done"
    process = SPAWN.Process(target=_hold, args=(pair, folder, held, done))
    process.start()
    try:
        _wait_for(held)
        yield process, done  # type: ignore[misc]
    finally:
        done.touch()
        process.join()


def test_one_process_looks_and_the_others_wait_for_what_it_learns(
    tmp_path: Path, pair: SegmentationPair, looked_at: list[str]
) -> None:
    told: list[str] = []
    with _holder(pair, tmp_path / "cache") as (_, done):

        def waiting() -> None:
            told.append("waiting")
            done.touch()

        with open_scan_cache(pair.image.parent, tmp_path / "cache", waiting=waiting) as cache:
            cache.scan(pair)
    assert told == ["waiting"]
    assert not looked_at


@pytest.mark.parametrize("busy", [0, 600])
def test_a_holder_is_waited_for_until_it_does_nothing_for_a_minute(
    tmp_path: Path, pair: SegmentationPair, monkeypatch: pytest.MonkeyPatch, busy: int
) -> None:
    clock = 0.0

    def sleep(seconds: float) -> None:
        nonlocal clock
        clock += seconds
        if clock < busy:
            holder.scan(pair)

    monkeypatch.setattr(
        scan_cache,
        "time",
        SimpleNamespace(sleep=sleep, monotonic=lambda: clock, time_ns=time.time_ns),
    )
    with open_scan_cache(pair.image.parent, tmp_path / "cache") as holder:
        facts = _facts(pair, tmp_path / "cache")
    assert facts.values == {0: 1, 1: 1, 255: 1}
    assert busy + 50 < clock < busy + 70


def test_the_lock_of_a_process_that_dies_is_free(tmp_path: Path, pair: SegmentationPair) -> None:
    with _holder(pair, tmp_path / "cache") as (process, _):
        process.kill()
        process.join()
        _facts(pair, tmp_path / "cache")


def test_where_nothing_can_be_locked_everyone_looks(
    tmp_path: Path, pair: SegmentationPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    _facts(pair, tmp_path / "cache")


def test_sound_files_are_read_once(idd_lite_root: Path, looked_at: list[str]) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    pairs = dataset.pairs("train")
    space, label_map = LABEL_SPACES["idd_lite"], LABEL_MAPS["idd_lite"]
    first = check_split(pairs, space, label_map)
    assert len(looked_at) == 4
    second = check_split(pairs, space, label_map)
    assert len(looked_at) == 4
    assert second.sizes == first.sizes
    assert second.class_pixels.tolist() == first.class_pixels.tolist()
    os.utime(pairs[2].image, ns=(1, 1))
    check_split(pairs, space, label_map)
    assert looked_at[4:] == [pairs[2].key]


def test_two_names_of_one_mask_keep_their_own_pictures(
    tmp_path: Path, pair: SegmentationPair
) -> None:
    other = pair.image.with_name("b.bmp")
    shutil.copy(pair.image, other)
    other.write_bytes(other.read_bytes() + b"\0")
    second = SegmentationPair(other, pair.mask, "b")
    first = _facts(pair, tmp_path / "cache")
    assert _facts(second, tmp_path / "cache").sha256 != first.sha256
    assert _facts(pair, tmp_path / "cache") == first
    assert read_mask(pair.mask).tolist() == [[0, 1, 255]]


def test_a_mask_that_is_read_in_another_way_is_looked_at_again(
    tmp_path: Path, pair: SegmentationPair
) -> None:
    Image.fromarray(np.array([[[3, 1, 0], [4, 1, 0], [5, 1, 0]]], np.uint8)).save(pair.mask)
    values = []
    for encoding in (IdEncoding("red"), IdEncoding("green"), IdEncoding("red")):
        with open_scan_cache(pair.image.parent, tmp_path / "cache") as cache:
            facts, _ = cache.scan(pair, encoding)
        assert facts is not None
        values.append(facts.values)
    assert values == [{3: 1, 4: 1, 5: 1}, {1: 3}, {3: 1, 4: 1, 5: 1}]
    plain = _facts(pair, tmp_path / "cache")
    assert plain.colours

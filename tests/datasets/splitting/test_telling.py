from pathlib import Path

import pytest

from effunet.datasets import SegmentationPair
from effunet.datasets.splitting.telling import tell_drives
from effunet.errors import InputError


def _pair(key: str, sequence: str | None = None) -> SegmentationPair:
    return SegmentationPair(Path(f"images/{key}.jpg"), Path(f"masks/{key}.png"), key, sequence)


@pytest.mark.parametrize(
    ("name", "drive"),
    [
        ("0016E5_00390", "0016E5"),
        ("Seq05VD_f02610", "Seq05VD"),
        ("frankfurt_000000_000294", "frankfurt_000000"),
        ("monday-evening 12", "monday-evening"),
        ("drive3.frame0007", "drive3"),
        ("b17", "b"),
    ],
)
def test_a_name_up_to_the_frame_number_is_the_drive(name: str, drive: str) -> None:
    assert tell_drives([_pair(f"train/{name}")], "prefix")[0] == [drive]


@pytest.mark.parametrize("name", ["0001", "market", "a_12b"])
def test_a_name_without_both_tells_nothing(name: str) -> None:
    with pytest.raises(InputError, match="nothing tells which drive 1 of 2 pictures are of"):
        tell_drives([_pair("train/a_1"), _pair(f"train/{name}")], "prefix")


def test_what_the_data_set_tells_comes_before_names() -> None:
    pairs = [_pair("train/d1/x_1", "d1"), _pair("train/y_1")]
    assert tell_drives(pairs, "auto")[0] == ["d1", "y"]
    assert tell_drives(pairs, "folder")[0] == ["d1", "train"]
    assert tell_drives(pairs, "picture")[0] == ["train/d1/x_1", "train/y_1"]

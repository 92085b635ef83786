from pathlib import Path

import numpy as np
import pytest

from effunet.errors import InputError
from effunet.imaging import write_image
from effunet.inference import Predictor, Skipped
from effunet.inference.readable import read_readable


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three pictures, of which the middle one is broken."""
    paths = [tmp_path / f"{number}.png" for number in (1, 2, 10)]
    for path in paths:
        write_image(path, np.zeros((32, 64, 3), np.uint8))
    paths[1].write_bytes(paths[1].read_bytes()[:40])
    return paths


def test_what_cannot_be_read_is_passed_over(files: list[Path]) -> None:
    skipped: list[Skipped] = []
    read = read_readable(files, threads=2, skip=skipped.append)
    assert [picture.path for picture in read] == [files[0], files[2]]
    assert [each.path for each in skipped] == [files[1]]


def test_where_nothing_can_be_read_it_ends(files: list[Path]) -> None:
    told: list[Skipped] = []
    with pytest.raises(InputError, match="the picture cannot be read"):
        next(read_readable(files[1:2], threads=1, skip=told.append))
    with pytest.raises(InputError, match="none of the 2 pictures"):
        next(read_readable([files[1]] * 2, threads=1, skip=told.append))
    assert len(told) == 3


@pytest.mark.parametrize("below", ["", "*.png"])
def test_a_folder_or_glob_goes_on_and_warns(
    below: str, predictor: Predictor, files: list[Path], tmp_path: Path
) -> None:
    with pytest.warns(UserWarning, match=r"skipped .*2\.png: ") as warned:
        found = [prediction.path for prediction in predictor(tmp_path / below)]
    assert found == [files[0], files[2]]
    assert len(warned) == 1


def test_of_pictures_that_were_chosen_none_is_passed_over(
    predictor: Predictor, files: list[Path]
) -> None:
    predictions = predictor(files)
    assert next(predictions).path == files[0]
    with pytest.raises(InputError, match="cannot be read"):
        next(predictions)

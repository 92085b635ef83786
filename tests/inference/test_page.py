import re
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest

from effunet.inference import PictureFile, predict
from effunet.inference.page import Samples


def test_of_many_pictures_some_are_shown_spread_over_all() -> None:
    pictures = [PictureFile(Path(f"{i}.jpg"), PurePosixPath(str(i))) for i in range(1000)]
    samples = Samples(pictures)
    chosen = sorted(int(path.stem) for path in samples.chosen)
    gaps = {after - before for before, after in pairwise(chosen)}
    assert (len(chosen), samples.left_out) == (60, 940)
    assert gaps == {16, 17}
    assert Samples(pictures[:7]).left_out == 0


def test_a_prediction_leaves_a_page_with_its_pictures(
    run_folder: Path, drive: Path, tmp_path: Path
) -> None:
    broken = drive / "2/7_image.png"
    broken.write_bytes(broken.read_bytes()[:-60])
    predict(run_folder, drive, tmp_path / "out", device="cpu")
    page = (tmp_path / "out/report.html").read_text()
    assert re.findall(r"<figcaption>([^<]*)<", page) == ["10/7_image", "10/11_image"]
    assert page.count('class="mask" src="data:image/png') == 2
    assert str(broken) in page  # among what was skipped
    assert "are not shown" not in page
    assert "--label_space idd_lite" in page


def test_masks_outlive_a_page_that_cannot_be_written(
    run_folder: Path, drive: Path, tmp_path: Path
) -> None:
    (tmp_path / "out/report.html").mkdir(parents=True)
    summary = predict(run_folder, drive, tmp_path / "out", device="cpu")
    assert summary.page is None
    assert summary.notes[-1].startswith("missing  report.html cannot be drawn: ")
    assert len(list((tmp_path / "out").rglob("*.png"))) == summary.pictures


def test_the_page_of_the_folder_one_stands_in_names_it(
    run_folder: Path, drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(drive)
    predict(run_folder.absolute(), ".", tmp_path / "out", device="cpu")
    page = (tmp_path / "out/report.html").read_text()
    assert "<h1>out</h1>" in page
    assert f": {drive}</p>" in page

import csv
import os
import shutil
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import torch

from effunet.errors import InputError, PartlyDoneError
from effunet.imaging import read_image, read_mask
from effunet.inference import PictureFile, Predictor, predict
from effunet.inference.run import _Tally, _Written


def _break(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-60])


def test_masks_in_the_tree_of_the_input(
    run_folder: Path, predictor: Predictor, drive: Path, tmp_path: Path
) -> None:
    calls: list[tuple[int, int]] = []
    summary = predict(
        run_folder, drive, tmp_path / "out", device="cpu", progress=lambda *at: calls.append(at)
    )
    assert (summary.pictures, summary.skipped) == (3, ())
    assert calls == [(1, 3), (2, 3), (3, 3)]
    files = sorted(file for file in (tmp_path / "out").rglob("*.png"))
    masks = [read_mask(file) for file in files]
    assert [str(file.relative_to(tmp_path / "out")) for file in files] == [
        "10/11_image.png",
        "10/7_image.png",
        "2/7_image.png",
    ]
    for file, mask in zip(files, masks, strict=True):
        image = read_image(drive / file.relative_to(tmp_path / "out"))
        assert (mask == predictor(image).mask).mean() > 0.9  # bfloat16 where there is some
    names = predictor.label_space.names
    for train_id, name in enumerate(names):
        assert summary.shares[name] == pytest.approx(np.mean(np.stack(masks) == train_id))
    with (tmp_path / "out/shares.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["picture"] for row in rows] == [
        "2/7_image.png",
        "10/7_image.png",
        "10/11_image.png",
    ]
    for name in names:
        mean = np.mean([float(row[name]) for row in rows])
        assert summary.shares[name] == pytest.approx(mean, abs=1e-6)
    summary.raise_if_partly_done()


def test_figures(run_folder: Path, drive: Path, tmp_path: Path) -> None:
    summary = predict(run_folder, drive, tmp_path / "out", device="cpu")
    assert summary.network_seconds > 0
    assert summary.images_per_second == summary.pictures / summary.seconds
    assert summary.network_images_per_second == summary.pictures / summary.network_seconds
    assert (summary.out, summary.device) == (tmp_path / "out", "cpu")


def test_the_networks_time_is_a_sum() -> None:
    tally = _Tally(*np.zeros((2, 2), dtype=np.int64))
    for seconds in (0.5, 0.25):
        picture = PictureFile(Path("a.png"), PurePosixPath("a"))
        tally.add(_Written(picture, np.array([0, 2]), seconds, None))
    assert (tally.pictures, tally.network_seconds) == (2, 0.75)
    assert tally.class_pixels.tolist() == [0, 4]
    assert tally.class_images.tolist() == [0, 2]


def test_results_among_the_pictures_are_refused(run_folder: Path, drive: Path) -> None:
    with pytest.raises(InputError, match="own pictures"):
        predict(run_folder, drive, drive, device="cpu")


def test_extras_on_request(run_folder: Path, drive: Path, tmp_path: Path) -> None:
    predict(run_folder, drive, tmp_path / "out", device="cpu", overlay=True, probabilities=True)
    for folder, suffix in (("overlays", "jpg"), ("probabilities", "npz")):
        assert len(list((tmp_path / "out" / folder).rglob(f"*.{suffix}"))) == 3


def test_an_unreadable_picture_is_skipped_and_named(
    run_folder: Path, drive: Path, tmp_path: Path
) -> None:
    _break(drive / "10/7_image.png")
    (drive / "10/phone.heic").write_bytes(b"ftypheic")
    calls: list[tuple[int, int]] = []
    summary = predict(
        run_folder, drive, tmp_path / "out", device="cpu", progress=lambda *at: calls.append(at)
    )
    assert summary.pictures == 2
    assert calls[-1] == (4, 4)
    assert sorted(file.name for file in (tmp_path / "out").rglob("*.png")) == [
        "11_image.png",
        "7_image.png",
    ]
    with pytest.raises(PartlyDoneError, match="10/7_image") as caught:
        summary.raise_if_partly_done()
    assert caught.value.exit_code == 3
    assert "get the file again" in caught.value.fix
    assert "convert it to JPEG or PNG" in caught.value.fix


def test_a_single_unreadable_picture_is_an_error(
    run_folder: Path, drive: Path, tmp_path: Path
) -> None:
    _break(drive / "2/7_image.png")
    for source in (drive / "2/7_image.png", drive / "2"):
        with pytest.raises(InputError, match=r"^the picture cannot be read") as caught:
            predict(run_folder, source, tmp_path / "out", device="cpu")
        assert caught.value.where == drive / "2/7_image.png"
    assert not (tmp_path / "out").exists()


def test_no_readable_picture_is_an_error(run_folder: Path, drive: Path, tmp_path: Path) -> None:
    for file in drive.rglob("*.png"):
        _break(file)
    with pytest.raises(InputError, match="none of the 3 pictures"):
        predict(run_folder, drive, tmp_path / "out", device="cpu")
    assert not (tmp_path / "out").exists()


def test_a_result_that_cannot_be_written_stops_the_run(
    run_folder: Path, drive: Path, tmp_path: Path
) -> None:
    (tmp_path / "out/10/11_image.png/occupied").mkdir(parents=True)
    with pytest.raises(PartlyDoneError, match="stopped after 2 pictures"):
        predict(run_folder, drive, tmp_path / "out", device="cpu")


def test_a_table_that_cannot_be_written_is_an_error(
    run_folder: Path, drive: Path, tmp_path: Path
) -> None:
    (tmp_path / "out/shares.csv").mkdir(parents=True)
    with pytest.raises(InputError, match="cannot be written"):
        predict(run_folder, drive, tmp_path / "out", device="cpu")


def test_a_file_that_is_no_checkpoint_leaves_no_folder(drive: Path, tmp_path: Path) -> None:
    (tmp_path / "best.safetensors").write_text("not one")
    with pytest.raises(InputError):
        predict(tmp_path / "best.safetensors", drive, tmp_path / "out", device="cpu")
    assert not (tmp_path / "out").exists()


def test_memory_that_runs_out_on_the_way_names_what_is_there(
    run_folder: Path, drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = Predictor._logits
    calls = 0

    def hungry(predictor: Predictor, images: list[np.ndarray]) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls > 6:  # by then the first ones are written
            return torch.empty(2**50)  # more than any machine gives
        return compute(predictor, images)

    for index in range(6):
        shutil.copy(drive / "10/7_image.png", drive / f"copy{index}.png")
    monkeypatch.setattr(Predictor, "_logits", hungry)
    out = tmp_path / "out"
    with pytest.raises(PartlyDoneError, match=r"stopped after \d+ pictures: there is not enough m"):
        predict(run_folder, drive, out, device="cpu", batch_size=1)
    assert list(out.rglob("*.png"))
    with pytest.raises(InputError, match="--batch_size 1"):  # nothing was written before
        predict(run_folder, drive, tmp_path / "none", device="cpu", batch_size=1)


def test_names_that_are_not_utf_8_are_in_the_table(
    run_folder: Path, drive: Path, tmp_path: Path
) -> None:
    (drive / "2").rename(drive / os.fsdecode(b"stra\xdfe"))
    summary = predict(run_folder, drive, tmp_path / "out", device="cpu", overlay=True)
    assert summary.pictures == 3
    assert "stra\\udcdfe/7_image.png" in (tmp_path / "out/shares.csv").read_text("utf-8")


def test_who_interrupts_is_told_what_is_there(
    run_folder: Path, drive: Path, tmp_path: Path
) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(PartlyDoneError, match="interrupted after 2 pictures") as caught:
        predict(run_folder, drive, tmp_path / "out", device="cpu", progress=interrupt)
    assert caught.value.exit_code == 130
    assert len(list((tmp_path / "out").rglob("*.png"))) >= 2

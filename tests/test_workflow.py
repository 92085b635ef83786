"""The journey a user takes, through the command line: train, evaluate, predict, score the masks."""

import json
import shlex
from pathlib import Path

import pytest

from effunet.__main__ import main
from effunet.datasets import SegmentationPair
from effunet.imaging import read_mask, write_mask


@pytest.fixture
def trained(idd_lite_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in the folder the user stands in."""
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "tiny.yaml"
    config.write_text(
        "data: {crop_size: [32, 64]}\n"
        "model: {weights: none, decoder_channels: [16, 16, 8, 8, 8]}\n"
        "trainer: {epochs: 2}\n"
        "batch_size: 2\n"
        "num_workers: 0\n"
    )
    assert main(["train", "--config", "tiny.yaml", "--data.root", str(idd_lite_root)]) == 0
    return Path("runs/train/tiny")


def metrics(name: str) -> dict[str, float]:
    content = json.loads(Path(name, "metrics.json").read_text())
    assert isinstance(content, dict)
    return content


def test_scores_agree_however_they_are_taken(
    trained: Path, idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--checkpoint", str(trained), "--data.root", str(idd_lite_root), "--out", "scores"]
    assert main(["evaluate", *words]) == 0
    best = max(
        float(row.split(",")[header.split(",").index("val/miou")])
        for header, *rows in [(trained / "metrics.csv").read_text().split()]
        for row in rows
    )
    assert metrics("scores")["miou"] == pytest.approx(best, abs=1e-6)

    val = idd_lite_root / "leftImg8bit/val"
    words = ["--checkpoint", str(trained), "--source", str(val), "--out", "masks"]
    assert main(["predict", *words, "--overlay", "true", "--batch_size", "2"]) == 0
    assert len(list(Path("masks/overlays").rglob("*.jpg"))) == 3
    words = ["--predictions", "masks", "--labels", str(idd_lite_root / "gtFine/val")]
    assert main(["evaluate", *words, "--label_space", "idd_lite", "--out", "again"]) == 0
    assert metrics("again")["miou"] == pytest.approx(metrics("scores")["miou"], abs=1e-12)

    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"out      {Path('scores').absolute()}"
    assert printed[-1] == f"out      {Path('again/metrics.json').absolute()}"


def test_numbers_out_of_range_are_refused(
    trained: Path, idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate = ["evaluate", "--checkpoint", str(trained), "--data.root", str(idd_lite_root)]
    predict = ["predict", "--checkpoint", str(trained), "--source", str(idd_lite_root)]
    for words, option in (
        (evaluate, "--batch_size"),
        (evaluate, "--num_workers"),
        (predict, "--batch_size"),
        (predict, "--threads"),
    ):
        assert main([*words, option, "-1"]) == 2
        assert f"fix:   {option} " in capsys.readouterr().err
    assert not Path("runs/predict").exists()
    assert not Path("runs/evaluate").exists()


def test_a_picture_that_breaks_after_the_check_is_named(
    trained: Path,
    idd_lite_root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unchanged(_: SegmentationPair) -> list[int]:
        return []  # so that the check trusts what it knows

    monkeypatch.setattr("effunet.datasets.check.scan_cache._stamp", unchanged)
    words = ["evaluate", "--checkpoint", str(trained), "--data.root", str(idd_lite_root)]
    assert main([*words, "--num_workers", "1"]) == 0
    picture = next((idd_lite_root / "leftImg8bit/val").rglob("*.jpg"))
    picture.write_bytes(bytes(picture.stat().st_size))
    capsys.readouterr()
    assert main([*words, "--num_workers", "1"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("effunet: the picture cannot be read\n")
    assert f"where: {picture}" in said
    assert "Traceback" not in said


def test_resuming_a_finished_run_says_so(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["train", "--resume", str(trained)]) == 0
    said = capsys.readouterr().out
    assert "finished" in said
    words = shlex.split(said.rpartition("next     effunet ")[2])
    assert main([*words, "--trainer.epochs", "1"]) == 0
    assert "from" in capsys.readouterr().out


def test_another_network_says_how_the_run_was_built(
    trained: Path, idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data.root", str(idd_lite_root), "--model.weights", str(trained)]
    assert main([*words, "--data.crop_size", "[32,64]"]) == 2
    built = capsys.readouterr().err.partition("build the same: ")[2].split()
    options = {"decoder": "unet", "decoder_channels": "[16,16,8,8,8]", "output_reduction": "1"}
    assert built == [word for key, value in options.items() for word in (f"--model.{key}", value)]
    assert main([*words, *built, "--data.crop_size", "[32,64]", "--trainer.epochs", "1"]) == 0


def test_masks_of_a_folder_are_scored_by_its_description(
    trained: Path, idd_lite_root: Path
) -> None:
    names = ", ".join(f"{index}: c{index}" for index in range(7))
    Path("my.yaml").write_text(
        f"path: .\ntrain: images/train\nmasks_dir: masks\nnames: {{{names}}}\n"
    )
    val = str(idd_lite_root / "leftImg8bit/val")
    assert main(["predict", "--checkpoint", str(trained), "--source", val, "--out", "m"]) == 0
    words = ["--predictions", "m", "--labels", str(idd_lite_root / "gtFine/val")]
    # the masks carry IDD-Lite's colours, so they are not these classes
    assert main(["evaluate", *words, "--label_space", "my.yaml"]) == 2
    for mask in [*Path("m").rglob("*.png"), *(idd_lite_root / "gtFine/val").rglob("*.png")]:
        write_mask(mask, read_mask(mask).astype("uint8"))
    assert main(["evaluate", *words, "--label_space", "my.yaml", "--out", "s"]) == 0
    assert "c6" in Path("s/metrics.json").read_text()


def test_a_run_is_never_overwritten(trained: Path, idd_lite_root: Path) -> None:
    before = (trained / "best.safetensors").read_bytes()
    words = ["--config", "tiny.yaml", "--data.root", str(idd_lite_root), "--seed", "1"]
    assert main(["train", *words]) == 0
    assert (trained / "best.safetensors").read_bytes() == before
    assert Path("runs/train/latest").resolve().name == "tiny-2"
    assert main(["train", *words, "--out", "runs/train/third"]) == 0
    assert Path("runs/train/latest").resolve().name == "third"
    assert main(["train", *words, "--out", "elsewhere/fourth"]) == 0
    assert [path.name for path in Path("elsewhere").iterdir()] == ["fourth"]


def test_fine_tuning_starts_from_a_run(
    trained: Path, idd_lite_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--config", "tiny.yaml", "--data.root", str(idd_lite_root), "--out", "tuned"]
    assert main(["train", *words, "--model.weights", str(trained)]) == 0
    assert str(trained / "best.safetensors") in capsys.readouterr().out

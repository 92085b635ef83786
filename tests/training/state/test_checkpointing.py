import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytorch_lightning as pl
import torch
from rich.console import Console
from safetensors import safe_open
from safetensors.torch import load_file

from effunet.config import OptimConfig, TrainConfig, TrainerConfig
from effunet.datasets import open_dataset
from effunet.evaluation import evaluate
from effunet.metrics import ConfusionMatrix, WrongShares
from effunet.models import load_model
from effunet.training import train
from effunet.training.reporting.metrics_log import read_metrics
from effunet.training.state import checkpointing
from effunet.training.state.checkpointing import KeepFinal

from ..conftest import TinyConfig, equal, weights_of


def test_the_checkpoint_says_what_the_run_was(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config()
    result = train(config, out=tmp_path / "run", console=quiet)
    model = load_model(result.run)
    assert isinstance(config, TrainConfig)
    assert json.loads(json.dumps(model.config))["data"]["crop_size"] == [32, 64]
    assert model.metrics["val/miou"] == pytest.approx(result.miou)


def test_no_folder_of_the_machine_is_in_a_checkpoint(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config()
    first = train(config, out=tmp_path / "runs/first", console=quiet)
    tuned = replace(config, name=str(tmp_path / "named"))
    tuned = replace(tuned, model=replace(config.model, weights=str(first.run)))
    second = train(tuned, out=tmp_path / "runs/second", console=quiet)
    for name in ("best.safetensors", "final.safetensors"):
        with safe_open(second.run / name, framework="pt") as file:
            header = file.metadata()["effunet"]
        assert str(tmp_path) not in header
        described = json.loads(header)["config"]
        assert described["data"]["name"] == "idd_lite"
        assert described["data"]["root"] == "idd20k_lite"
        assert described["model"]["weights"] == "runs/first"
    assert str(tmp_path / "idd20k_lite") in (second.run / "config.yaml").read_text()


@pytest.mark.parametrize(
    ("epoch", "stops", "asked"), [(0, False, False), (1, False, True), (0, True, True)]
)
def test_scores_for_the_final_model_are_asked_for_after_the_last_epoch_alone(
    epoch: int, stops: bool, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = {"val/miou": 0.5}
    saved: list[dict[str, float]] = []
    calls: list[pl.Trainer] = []

    def scored(trainer: pl.Trainer, counts: ConfusionMatrix) -> dict[str, float]:
        calls.append(trainer)
        return scores

    monkeypatch.setattr(checkpointing, "_scores", scored)
    trainer = pl.Trainer(max_epochs=2, accelerator="cpu", logger=False, barebones=True)
    trainer.fit_loop.epoch_progress.current.completed = epoch
    trainer.should_stop = stops
    keep = KeepFinal(ConfusionMatrix(2), save=saved.append)
    keep.on_validation_end(trainer, pl.LightningModule())
    assert (calls, saved) == (([trainer], [scores]) if asked else ([], []))


def test_the_final_model_is_the_last_epochs_whatever_the_best_is(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=3))
    config = replace(config, optim=OptimConfig(lr=0.1, encoder_lr=0.1, warmup_epochs=0))
    result = train(config, out=tmp_path / "run", console=quiet)
    rows = read_metrics(tmp_path / "run/metrics.csv")
    final = load_model(result.run / "final.safetensors", precision="32")
    assert final.metrics["epoch"] == 2
    assert final.metrics["val/miou"] == pytest.approx(rows[-1]["val/miou"])
    scores = evaluate(final, open_dataset("idd_lite", config.data.root))
    assert scores.miou == pytest.approx(final.metrics["val/miou"], abs=1e-9)
    network = load_file(result.run / "final.safetensors")
    last = weights_of(result.run)
    assert equal({f"segmenter.network.{name}": value for name, value in network.items()}, last)


def test_the_page_shows_the_pictures_that_the_best_model_segments_worst(
    tiny_config: TinyConfig, tmp_path: Path, quiet: Console
) -> None:
    config = tiny_config(trainer=TrainerConfig(epochs=2))
    result = train(config, out=tmp_path / "run", console=quiet)
    dataset = open_dataset(config.data.name, config.data.root)
    scores = evaluate(load_model(result.run), dataset)
    state = torch.load(result.run / "last.ckpt", weights_only=True)
    kept = state["callbacks"]["KeepBest"]["worst"]
    assert dict(kept) == pytest.approx(
        {each.key: each.share for each in scores.worst},
        abs=0.005,  # bfloat16 where there is some
    )
    page = (result.run / "report.html").read_text()
    shown = re.findall(r"<figcaption>([^<]*) of its pixels wrong<", page)
    assert shown == [f"{key}: {share:.1%}" for key, share in kept]


def test_the_worst_pictures_are_those_of_all_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, wrong = ConfusionMatrix(2), WrongShares(2)
    truth = torch.zeros(1, 2, 5, dtype=torch.long)
    for row in range(8):  # of ten pixels one, two ... are wrong
        preds = (torch.arange(10) <= row).long().view(1, 2, 5)
        counts.update(preds, truth)
        wrong.update([f"mine/{row}"], preds, truth)
    others = [("other/a", 0.95), ("other/b", 0.05)]
    monkeypatch.setattr(checkpointing, "gathered", lambda _, mine: [mine, others])
    trainer = SimpleNamespace(callback_metrics={}, current_epoch=3, is_global_zero=False)
    best = checkpointing.KeepBest(counts, wrong, save=lambda _: None)
    best.on_validation_end(trainer, None)  # type: ignore[arg-type]
    assert len(best.worst) == 8
    assert [key for key, _ in best.worst[:3]] == ["other/a", "mine/7", "mine/6"]
    again = checkpointing.KeepBest(counts, wrong, save=lambda _: None)
    again.load_state_dict(best.state_dict())
    assert (again.worst, again.epoch) == (best.worst, 3)

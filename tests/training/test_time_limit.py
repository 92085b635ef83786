from io import StringIO
from pathlib import Path

import pytest
import pytorch_lightning as pl

from effunet.config import TrainerConfig
from effunet.training import RunConsole, train
from effunet.training.reporting.metrics_log import read_metrics
from effunet.training.time_limit import EndInTime

from .conftest import TinyConfig


@pytest.mark.parametrize(("seconds", "ends"), [(19, True), (20, False), (21, False)])
def test_a_run_ends_where_one_more_such_epoch_would_be_too_long(seconds: float, ends: bool) -> None:
    now = 0.0
    trainer = pl.Trainer(accelerator="cpu", max_epochs=2, logger=False, enable_checkpointing=False)
    module = pl.LightningModule()
    said: list[str] = []
    limit = EndInTime(seconds, say=said.append, clock=lambda: now)
    limit.on_train_epoch_start(trainer, module)
    now = 10.0
    limit.on_validation_epoch_end(trainer, module)
    assert trainer.should_stop == ends
    assert len(said) == ends


def test_behind_the_last_epoch_nothing_is_ended() -> None:
    trainer = pl.Trainer(accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False)
    said: list[str] = []
    limit = EndInTime(-1, say=said.append, clock=lambda: 9.0)
    limit.on_validation_epoch_end(trainer, pl.LightningModule())
    assert (trainer.should_stop, said) == (False, [])


def test_the_model_of_the_epoch_that_was_the_last_is_kept(
    tiny_config: TinyConfig, tmp_path: Path
) -> None:
    out = StringIO()
    config = tiny_config(trainer=TrainerConfig(epochs=3))
    run = train(config, out=tmp_path / "run", console=RunConsole(out), within=0).run
    assert len(read_metrics(run / "metrics.csv")) == 1
    assert (run / "final.safetensors").is_file()
    assert "ended    after 1 of 3 epochs" in out.getvalue()

"""A run goes on as it began, or says what is no longer as it was."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from PIL import Image
from rich.console import Console
from safetensors.torch import load_file

from effunet.config import (
    DataConfig,
    ModelConfig,
    OptimConfig,
    TrainConfig,
    TrainerConfig,
    settings,
)
from effunet.errors import InputError
from effunet.files import file_sha256
from effunet.locks import alone_in
from effunet.training import resume, train
from effunet.training.reporting.metrics_log import read_metrics
from effunet.training.state.changes import FREE, ON_PURPOSE
from effunet.training.state.stopping import GracefulStop, StoppedError

from ..conftest import WriteIddLite
from .conftest import equal


@pytest.fixture(autouse=True)
def _without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn says nothing of how a run goes on, and takes most of the time."""
    monkeypatch.setattr("effunet.training.fitting.write_pages", lambda *_, **__: None)
    monkeypatch.setattr("effunet.training.reporting.metrics_log.try_to_draw", lambda *_, **__: True)


def stop_at(step: int, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(GracefulStop, "_agreed", lambda _, trainer: trainer.global_step == step)


@pytest.fixture(scope="module")
def stopped(write_idd_lite: WriteIddLite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data and a run of 3 epochs of 2 batches, stopped after the third."""
    folder = tmp_path_factory.mktemp("stopped")
    root = write_idd_lite(folder / "idd20k_lite")
    config = TrainConfig(
        data=DataConfig(root=str(root), crop_size=(32, 64)),
        model=ModelConfig(weights="none", decoder_channels=(16, 16, 8, 8, 8)),
        trainer=TrainerConfig(epochs=3, ema=0.9, precision="32"),
        batch_size=2,
        num_workers=0,
        device="cpu",
    )
    with pytest.MonkeyPatch.context() as patch:
        stop_at(3, patch)
        with pytest.raises(StoppedError):
            train(config, out=folder / "run", console=Console(quiet=True))
    return folder


@pytest.fixture
def run(stopped: Path, tmp_path: Path) -> Path:
    """The stopped run with its data, to do with as one likes."""
    shutil.copytree(stopped, tmp_path / "own", symlinks=True)
    edit(tmp_path / "own/run", {"data.root": str(tmp_path / "own/idd20k_lite")})
    return tmp_path / "own/run"


def edit(run: Path, values: dict[str, Any]) -> None:
    """Change ``config.yaml`` as a user would."""
    config = yaml.safe_load((run / "config.yaml").read_text())
    for name, value in values.items():
        section, _, key = name.rpartition(".")
        (config[section] if section else config)[key] = value
    (run / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def edit_state(run: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """As someone would who knows of the digest."""
    state = torch.load(run / "last.ckpt", weights_only=True)
    change(state)
    write_state(run, state)


def write_state(run: Path, state: object) -> None:
    path = (run / "last.ckpt").resolve()
    torch.save(state, path)
    digest = f"{file_sha256(path)}  {path.name}\n"
    path.with_name(f"{path.name}.sha256").write_text(digest)


def heard(run: Path, **changes: Any) -> str:  # noqa: ANN401 - of any setting
    """What resuming prints."""
    console = Console(file=io.StringIO(), soft_wrap=True)
    resume(run, console=console, **changes)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def files_of(run: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_what_was_edited_is_listed_at_once_and_nothing_is_touched(
    run: Path, quiet: Console
) -> None:
    edit(run, {"optim.lr": 0.01, "batch_size": 1, "trainer.ema": 0.0, "num_workers": 2})
    for file in ("gtFine/train/0/000000_label.png", "leftImg8bit/train/0/000000_image.jpg"):
        (run.parent / "idd20k_lite" / file).unlink()
    before = files_of(run)
    with pytest.raises(InputError) as refused:
        resume(run, changes={"loss.terms": {"dice": 1.0}}, console=quiet)
    assert str(refused.value.why).split("\n         ") == [
        'loss.terms      {"cross_entropy": 1.0, "dice": 1.0} -> {"dice": 1.0}',
        "optim.lr        0.001 -> 0.01",
        "trainer.ema     0.9 -> 0.0",
        "batch_size      2 -> 1",
        "train pictures  4 -> 3",
    ]
    assert "--model.weights" in refused.value.fix
    assert files_of(run) == before


def test_pictures_with_other_contents_are_other_pictures(run: Path, quiet: Console) -> None:
    picture = next((run.parent / "idd20k_lite/leftImg8bit/val").rglob("*.jpg"))
    Image.new("RGB", (64, 48)).save(picture)
    with pytest.raises(InputError, match="val files  as they were -> with other contents"):
        resume(run, console=quiet)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("names: {0: street, 1: other}", "classes  road, other -> street, other"),
        ("label_mapping: {0: 0, 1: 1, 7: 1}", "label 7  0 -> 1"),
    ],
)
def test_a_description_that_was_edited_is_seen(
    line: str, message: str, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    for split in ("train", "val"):
        for index in range(4):
            name = f"{split}/{index}.png"
            for folder in ("images", "masks"):
                (tmp_path / folder / split).mkdir(parents=True, exist_ok=True)
            shade = 60 * (split == "val") + 10 * index
            Image.new("RGB", (64, 48), (shade, 9, 9)).save(tmp_path / "images" / name)
            Image.effect_noise((64, 48), 99).point(lambda v: v > 128).save(
                tmp_path / "masks" / name
            )
    described = {
        "names": "names: {0: road, 1: other}",
        "label_mapping": "label_mapping: {0: 0, 1: 1, 7: 0}",
    }
    fixed = "train: images/train\nval: images/val\nmasks_dir: masks\n"
    (tmp_path / "my.yaml").write_text(fixed + "\n".join(described.values()))
    config = TrainConfig(
        data=DataConfig(name="folder", root=str(tmp_path / "my.yaml"), crop_size=(32, 64)),
        model=ModelConfig(weights="none", decoder_channels=(16, 16, 8, 8, 8)),
        trainer=TrainerConfig(epochs=2, precision="32"),
        batch_size=2,
        num_workers=0,
        device="cpu",
    )
    stop_at(1, monkeypatch)
    with pytest.raises(StoppedError):
        train(config, out=tmp_path / "run", console=quiet)
    described[line.partition(":")[0]] = line
    (tmp_path / "my.yaml").write_text(fixed + "\n".join(described.values()))
    with pytest.raises(InputError, match=message):
        resume(tmp_path / "run", console=quiet)


def test_where_a_run_trains_may_change(run: Path) -> None:
    root = run.parent / "idd20k_lite"
    moved = root.rename(root.with_name("moved"))
    said = heard(run, changes={"num_workers": 1, "data.root": str(moved), "data.cache_gb": 0.0})
    assert "changed  num_workers    0 -> 1\n" in said
    written = yaml.safe_load((run / "config.yaml").read_text())
    assert written["data"]["root"] == str(moved)
    assert resume(run, console=Console(quiet=True)) is None


def test_a_data_set_without_a_name_is_told_by_its_files(run: Path) -> None:
    edit(run, {"data.name": None})
    said = heard(run)
    assert "resumed  at epoch 2" in said
    assert "data.name" not in said


def test_every_setting_that_may_change_is_one() -> None:
    assert settings(TrainConfig()).keys() >= FREE | ON_PURPOSE


def poly(step: int, total: int) -> float:
    """The rate in parts of its peak, with a warm-up over the one step of half an epoch."""
    return float(((total - step) / (total - 1)) ** 0.9)


@pytest.mark.parametrize("finished", [False, True])
def test_a_longer_run_follows_the_longer_schedule_at_once(
    finished: bool, run: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    if finished:
        resume(run, console=quiet)
        assert resume(run, console=quiet) is None
    with pytest.raises(InputError, match=r"trainer\.epochs  3 -> 2"):
        resume(run, changes={"trainer.epochs": 2}, console=quiet)
    rates: list[float] = []

    def remember(_: object, trainer: Any, *__: object) -> None:  # noqa: ANN401
        rates.append(max(group["lr"] for group in trainer.optimizers[0].param_groups))

    monkeypatch.setattr(GracefulStop, "on_train_batch_start", remember)
    said = heard(run, changes={"trainer.epochs": 5})
    done = 6 if finished else 3
    assert rates == pytest.approx([1e-3 * poly(step, 10) for step in range(done, 10)])
    assert "changed  trainer.epochs  3 -> 5\n" in said
    rate = f"{rates[0]:.3g} at the next step instead of {1e-3 * poly(done, 6):.3g}"
    assert f"rate     {rate}, and 0 at the end of epoch 5\n" in said
    assert len(read_metrics(run / "metrics.csv")) == 5
    assert resume(run, console=quiet) is None  # config.yaml remembers how long


def test_more_patience_lets_a_run_that_stopped_early_go_on(run: Path, quiet: Console) -> None:
    def stop_early(state: dict[str, Any]) -> None:
        state["callbacks"]["EarlyStopping{'monitor': 'val/miou', 'mode': 'max'}"] = {
            "wait_count": 2,
            "stopped_epoch": 1,
            "best_score": torch.tensor(9.0),
            "patience": 2,
        }
        state["run"]["config"]["trainer"]["patience"] = 2
        loop = state["loops"]["fit_loop"]
        loop["epoch_loop.batch_progress"]["is_last_batch"] = True
        loop["epoch_progress"]["current"]["processed"] = state["epoch"] + 1

    edit_state(run, stop_early)
    edit(run, {"trainer.patience": 2})
    assert resume(run, console=quiet) is None
    for patience in (3, 0):
        copy = shutil.copytree(run, run.with_name(f"patience-{patience}"))
        resume(copy, changes={"trainer.patience": patience}, console=quiet)
        assert read_metrics(copy / "metrics.csv")[-1]["epoch"] == 2
        assert resume(copy, console=quiet) is None


def without_record(state: dict[str, Any]) -> None:
    del state["run"]


def test_a_run_without_a_record_goes_on(run: Path, quiet: Console) -> None:
    edit_state(run, without_record)
    with pytest.raises(InputError, match=r"optim\.lr  0\.001 -> 0\.5"):
        resume(run, changes={"optim.lr": 0.5}, console=quiet)
    assert "from before runs kept what they are trained with" in heard(run)


@pytest.mark.parametrize("of", ["another network", "before layers were left out"])
def test_a_state_of_another_network_is_refused(of: str, run: Path, quiet: Console) -> None:
    edit_state(run, without_record)
    if of == "another network":
        edit(run, {"model.decoder_channels": [24, 16, 8, 8, 8]})
    else:

        def grow(state: dict[str, Any]) -> None:
            state["optimizer_states"][0]["param_groups"][0]["params"].append(999)

        edit_state(run, grow)
    before = files_of(run)
    with pytest.raises(InputError, match=r"another network's.*\n(.*\n)*.*--model\.weights"):
        resume(run, console=quiet)
    assert files_of(run) == before


def _optimizer(state: dict[str, Any]) -> dict[str, Any]:
    only: dict[str, Any] = state["optimizer_states"][0]
    return only


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "emptied": lambda state: state.clear(),
    "emptied optimiser": lambda state: _optimizer(state)["state"].clear(),
    "emptied optimiser of old": lambda s: (s.pop("run"), _optimizer(s)["state"].clear()),
    "no optimiser": lambda state: state["optimizer_states"].clear(),
    "no groups": lambda state: _optimizer(state)["param_groups"].clear(),
    "missing moments": lambda state: _optimizer(state)["state"].pop(3),
    "missing moment": lambda state: _optimizer(state)["state"][3].pop("exp_avg"),
    "moment of another shape": lambda state: _optimizer(state)["state"][3].update(
        exp_avg=torch.zeros(1)
    ),
    "missing tensor": lambda state: state["state_dict"].popitem(),
    "tensor of another shape": lambda state: state["state_dict"].update(
        dict.fromkeys(list(state["state_dict"])[:1], torch.zeros(1))
    ),
    "one tensor too many": lambda state: state["state_dict"].update(more=torch.zeros(1)),
    "text for tensors": lambda state: state.update(state_dict="x"),
    "no schedule": lambda state: state["lr_schedulers"].clear(),
    "schedule of others": lambda state: state["lr_schedulers"][0].clear(),
    "missing average": lambda state: state["callbacks"]["Ema"]["average"].popitem(),
    "average of another shape": lambda state: state["callbacks"]["Ema"]["average"].update(
        dict.fromkeys(list(state["callbacks"]["Ema"]["average"])[:1], torch.zeros(7))
    ),
    "no average": lambda state: state["callbacks"].pop("Ema"),
    "emptied best": lambda state: state["callbacks"]["KeepBest"].clear(),
    "no progress": lambda state: state["loops"].clear(),
    "half the progress": lambda state: state["loops"]["fit_loop"].pop("epoch_progress"),
    "emptied progress": lambda state: state["loops"]["fit_loop"]["epoch_progress"].clear(),
    "losses that are none": lambda state: state.update(losses=["x"]),
    "emptied record": lambda state: state["run"].clear(),
    "record of text": lambda state: state.update(run="x"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_that_is_not_whole_ends_with_one_message(
    damage: str, run: Path, quiet: Console
) -> None:
    edit_state(run, DAMAGES[damage])
    with pytest.raises(InputError, match=r"the state to go on from .*\n.*3\.ckpt"):
        resume(run, console=quiet)


def test_a_foreign_entry_stands_for_no_missing_one(run: Path, quiet: Console) -> None:
    edit_state(run, lambda state: state["callbacks"].update(KeepBest={"miou": 0.5, "foreign": 1}))
    with pytest.raises(InputError, match="the best score is not in it"):
        resume(run, console=quiet)


NOT_FINITE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "weight": lambda state: next(iter(state["state_dict"].values())).fill_(torch.nan),
    "moment": lambda state: _optimizer(state)["state"][3]["exp_avg"].fill_(torch.inf),
}


@pytest.mark.parametrize("damage", NOT_FINITE)
def test_a_state_that_is_not_finite_is_passed_over(damage: str, run: Path) -> None:
    edit_state(run, NOT_FINITE[damage])
    said = heard(run)
    assert "refused  checkpoints/3.ckpt: the tensor " in said
    assert "from checkpoints/2.ckpt" in said


def test_something_else_than_a_checkpoint_ends_with_one_message(run: Path, quiet: Console) -> None:
    for content in ([1, 2], torch.zeros(3), {"epoch": 1}):
        write_state(run, content)
        with pytest.raises(InputError, match="the state to go on from cannot be read"):
            resume(run, console=quiet)


def test_a_run_goes_on_in_one_process(run: Path, quiet: Console) -> None:
    before = files_of(run)
    with alone_in(run), pytest.raises(InputError, match="another command is writing into this"):
        resume(run, console=quiet)
    assert files_of(run) == before


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("workers", "accumulate"), [(0, 1), (2, 1), (0, 2)])
def test_a_run_stopped_at_every_step_ends_with_the_same_bits(
    workers: int,
    accumulate: int,
    write_idd_lite: WriteIddLite,
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Weights, average, optimiser, rate and metrics; three times."""
    root = write_idd_lite(tmp_path / "idd20k_lite", train=8)
    config = TrainConfig(
        data=DataConfig(root=str(root), crop_size=(32, 64)),
        model=ModelConfig(weights="none", decoder_channels=(16, 16, 8, 8, 8)),
        optim=OptimConfig(warmup_epochs=1.5),
        trainer=TrainerConfig(epochs=4, ema=0.9, precision="32", accumulate=accumulate),
        batch_size=2,
        num_workers=workers,
        device="cpu",
    )
    whole = train(config, out=tmp_path / "whole", console=quiet)
    for number in range(3):
        starts, result = 0, None
        while result is None:
            steps: list[int] = []  # those at which it is asked, the first before any is made

            def stop(_: object, trainer: Any, steps: list[int] = steps) -> bool:  # noqa: ANN401
                steps.append(trainer.global_step)
                return steps[-1] > steps[0] and not trainer.validating

            monkeypatch.setattr(GracefulStop, "_agreed", stop)
            try:
                if starts:
                    result = resume(tmp_path / f"{number}", console=quiet)
                else:
                    result = train(config, out=tmp_path / f"{number}", console=quiet)
            except StoppedError:
                assert steps[-1] == steps[0] + 1
            starts += 1
        assert starts == 16 // accumulate
        assert same_ends(whole.run, result.run)
        assert result.miou == whole.miou


def same_ends(one: Path, other: Path) -> bool:
    states = [torch.load(run / "last.ckpt", weights_only=True) for run in (one, other)]
    optimizers = [state["optimizer_states"][0] for state in states]
    moments = [
        {
            f"{index}{name}": moment
            for index in state["state"]
            for name, moment in state["state"][index].items()
        }
        for state in optimizers
    ]
    return (
        equal(*(state["state_dict"] for state in states))
        and equal(*(state["callbacks"]["Ema"]["average"] for state in states))
        and equal(*moments)
        and optimizers[0]["param_groups"] == optimizers[1]["param_groups"]
        and states[0]["lr_schedulers"] == states[1]["lr_schedulers"]
        and equal(*(load_file(run / "best.safetensors") for run in (one, other)))
        and (one / "metrics.csv").read_bytes() == (other / "metrics.csv").read_bytes()
    )

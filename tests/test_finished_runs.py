"""Which run is taken where none is named, and what it was trained on."""

import os
from pathlib import Path

import pytest

from effunet.errors import InputError
from effunet.finished_runs import RunData, data_of_run, newest_finished_run
from effunet.models.checkpoint_file import resolve_checkpoint
from effunet.run_folder import BEST, FINAL, open_run_folder

pytestmark = pytest.mark.usefixtures("_in_an_empty_folder")


def lay_run(name: str, *files: str, age: int = 0) -> Path:
    folder = Path(name)
    folder.mkdir(parents=True)
    for file in ("config.yaml", *files):
        (folder / file).touch()
        os.utime(folder / file, (10**9 - age, 10**9 - age))
    return folder.resolve()


def test_the_newest_finished_run_is_taken() -> None:
    lay_run("runs/train/old", BEST, FINAL, age=2)
    newest = lay_run("runs/train/new", BEST, FINAL, age=1)
    lay_run("runs/train/at-it", BEST)
    Path("runs/train/latest").symlink_to("at-it")
    assert newest_finished_run() == newest
    demo = lay_run("runs/demo-2/run", BEST, FINAL)
    assert newest_finished_run() == demo


@pytest.mark.parametrize("here", [".", "mine", "mine/run"])
def test_a_run_is_found_from_where_it_lies(here: str) -> None:
    """``mine/run`` is where ``effunet demo --out mine`` puts it."""
    run = lay_run("mine/run", BEST, FINAL)
    assert newest_finished_run(Path(here)) == run


def test_a_run_that_lies_deep_is_not_looked_for() -> None:
    lay_run("mine/others/run", BEST, FINAL)
    with pytest.raises(InputError, match="no finished run"):
        newest_finished_run()


def test_a_run_that_goes_on_is_no_finished_one() -> None:
    lay_run("runs/train/at-it", BEST)
    with pytest.raises(InputError, match="runs/train/at-it has not finished"):
        newest_finished_run()


def test_latest_without_a_model_names_the_newest_run_that_has_one() -> None:
    finished = lay_run("runs/train/old", BEST, FINAL)
    lay_run("runs/train/begun")
    Path("runs/train/latest").symlink_to("begun")
    with pytest.raises(InputError, match=f"newest finished run: {finished}"):
        resolve_checkpoint(Path("runs/train/latest"))


def test_a_run_knows_its_data() -> None:
    run = lay_run("run", BEST)
    (run / "config.yaml").write_text("data: {name: camvid, root: /data/CamVid}\n")
    assert data_of_run(run) == data_of_run(run / BEST) == RunData("camvid", "/data/CamVid")
    (run / "config.yaml").write_text("data: {name: [1], root: /data}\n")
    assert data_of_run(run) == RunData(None, "/data")
    assert data_of_run(Path("elsewhere") / BEST) is None


def test_a_run_further_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    run = lay_run("runs/train/a", BEST, FINAL)
    Path("drive/day").mkdir(parents=True)
    monkeypatch.chdir("drive/day")
    with pytest.raises(InputError, match=f"--checkpoint {run}$"):
        newest_finished_run()


@pytest.mark.parametrize("given", ["best.safetensors", "runs", "runs/train/a/checkpoints"])
def test_where_there_is_no_checkpoint_the_newest_run_is_named(given: str) -> None:
    run = lay_run("runs/train/a", BEST, FINAL)
    (run / "checkpoints").mkdir()
    with pytest.raises(InputError, match=f"the newest finished one here: {run}$"):
        resolve_checkpoint(Path(given))


@pytest.mark.parametrize("given", ["last.ckpt", "checkpoints/000001.ckpt"])
def test_a_state_of_training_names_its_run(given: str) -> None:
    lay_run("a", BEST)
    for call, message in ((resolve_checkpoint, "--checkpoint"), (open_run_folder, "--resume")):
        with pytest.raises(InputError, match=f"{message} .*a"):
            call(Path("a") / given)

"""Whatever happens to the bytes of a file, it is refused by its name."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from effunet.config import TrainerConfig
from effunet.errors import InputError
from effunet.models import read_model
from effunet.models.checkpoint_file import is_checkpoint
from effunet.run_folder import RunFolder
from effunet.training import train
from effunet.training.state.checkpoints import Checkpoints

from ..conftest import TinyConfig

COUNTS = [pytest.param(25, 5, id="few"), pytest.param(500, 50, id="many", marks=pytest.mark.slow)]


@pytest.fixture
def run(tiny_config: TinyConfig, tmp_path: Path, quiet: Console) -> RunFolder:
    config = tiny_config(trainer=TrainerConfig(epochs=2))
    return RunFolder(train(config, out=tmp_path / "run", console=quiet).run)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("flips", "cuts"), COUNTS)
def test_a_damaged_model_is_refused(run: RunFolder, flips: int, cuts: int) -> None:
    assert read_model(run.best)
    for _ in _damaged(run.best, flips, cuts):
        with pytest.raises(InputError) as refusal:
            read_model(run.best)
        assert str(refusal.value.where) == str(run.best)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("flips", "cuts"), COUNTS)
def test_a_damaged_state_is_passed_over(run: RunFolder, flips: int, cuts: int) -> None:
    newest, before = run.checkpoints / "4.ckpt", run.checkpoints / "2.ckpt"
    states = Checkpoints(run)
    for _ in _damaged(newest, flips, cuts):
        said: list[str] = []
        assert states.newest_valid(say=said.append) == before
        assert len(said) == 1
        assert "4.ckpt" in said[0]
    for path in (newest, before):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"4\.ckpt: .*2\.ckpt: "):
        states.newest_valid(say=said.append)


def test_a_model_with_a_damaged_mark_is_not_taken_for_plain_weights(run: RunFolder) -> None:
    content = run.best.read_bytes()
    for mark in (b'"effunet":', b'"format_version', b'"digest'):
        damaged = bytearray(content)
        damaged[content.index(mark) + 3] ^= 1
        run.best.write_bytes(damaged)
        assert is_checkpoint(run.best)
        with pytest.raises(InputError):
            read_model(run.best)


def _damaged(path: Path, flips: int, cuts: int) -> Iterator[None]:
    """The file in each of its damaged states, half of the flips in its first 64 kB."""
    content, dice = path.read_bytes(), random.Random(0)
    for number in range(flips):
        place = dice.randrange(len(content) if number % 2 else 65536)
        with _holding(path, place, content[place] ^ (1 << dice.randrange(8))):
            yield
    for _ in range(cuts):
        path.write_bytes(content[: dice.randrange(len(content))])
        yield
    path.write_bytes(content)


@contextmanager
def _holding(path: Path, place: int, value: int) -> Iterator[None]:
    with path.open("r+b", buffering=0) as file:
        file.seek(place)
        (before,) = file.read(1)
        file.seek(place)
        file.write(bytes([value]))
        yield
        file.seek(place)
        file.write(bytes([before]))

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from effunet.training import train

from ..conftest import TinyConfig


@pytest.mark.parametrize(("width", "speed"), [(60, False), (120, True)])
def test_an_epoch_is_one_line_of_the_terminal(
    tiny_config: TinyConfig, tmp_path: Path, width: int, speed: bool
) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=width, color_system=None)
    train(tiny_config(), out=tmp_path / "run", console=console)
    lines = re.findall(r"epoch 1/1  loss \d.*eta .*", written.getvalue())
    assert len(lines) == 1
    assert len(lines[0]) <= width
    assert ("img/s" in lines[0]) == speed

from pathlib import Path

import pytest

from effunet.training import RunConsole, train
from effunet.training.reporting import pages
from effunet.training.reporting.drawing import try_to_draw

from ..conftest import TinyConfig


def test_what_cannot_be_drawn_is_one_line() -> None:
    said: list[str] = []

    def draw() -> None:
        raise ValueError("all arrays must\nmatch")

    assert not try_to_draw("grid.jpg", draw, say=said.append)
    assert said == ["missing  grid.jpg cannot be drawn: all arrays must match"]


def test_a_run_outlives_its_pictures(
    tiny_config: TinyConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pages, "render_val_grid", lambda *_: 1 / 0)
    out = tmp_path / "run[bold]:car:[/]"
    result = train(tiny_config(), out=out, console=RunConsole())
    said = capsys.readouterr().out
    assert "missing  val_grid.jpg cannot be drawn: division by zero" in said
    assert f"run      {out}\n" in said  # a name is no markup
    assert not (result.run / "val_grid.jpg").exists()
    assert "confusion" in (result.run / "report.html").read_text()

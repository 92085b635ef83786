from pathlib import Path

import pytest

from effunet.training import RunConsole, train
from effunet.training.reporting import pages

from ..conftest import TinyConfig


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

from pathlib import Path

import pytest

from effunet.run_folder import results_folder


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("drive.v1", "drive.v1"),
        ("drive.v1/a.b.jpg", "a.b"),
        ("drive.v1/*.jpg", "drive.v1"),
        ("**/*.jpg", "here"),
        ("drive.v1/best.safetensors", "drive.v1"),
        ("/absent.jpg", "all"),
        ("/*.jpg", "all"),
    ],
)
def test_results_are_named_after_what_they_come_from(
    source: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    Path("drive.v1").mkdir()
    for file in ("a.b.jpg", "best.safetensors"):
        Path("drive.v1", file).touch()
    folder = results_folder(None, "predict", Path(source))
    assert folder == Path("runs/predict", name).absolute()

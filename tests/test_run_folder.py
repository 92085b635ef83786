import subprocess
import sys
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
    with results_folder(None, "predict", Path(source)) as folder:
        assert folder == Path("runs/predict", name).absolute()


# Waits for a line, takes a name, says it, and keeps it until the input ends.
_CLAIM = """
import sys
from pathlib import Path
from effunet.run_folder import results_folder
sys.stdin.readline()
with results_folder(None, "predict", Path(sys.argv[1])) as folder:
    (folder / "mask").write_text(sys.argv[1])
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def test_commands_that_start_together_get_folders_of_their_own(tmp_path: Path) -> None:
    sources = ["a/val", "b/val", "c/val", "d/val"]
    for source in sources:
        (tmp_path / source).mkdir(parents=True)
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", _CLAIM, source],
            cwd=tmp_path,
            env={"PYTHONPATH": str(Path(__file__).parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for source in sources
    ]
    for process in racing:
        assert process.stdin
        process.stdin.write("go\n")
    said = [process.stdout.readline().strip() for process in racing if process.stdout]
    for process in racing:
        process.communicate()
    assert [process.returncode for process in racing] == [0, 0, 0, 0]
    assert sorted(said) == ["val", "val-2", "val-3", "val-4"]
    for source, name in zip(sources, said, strict=True):
        assert (tmp_path / "runs/predict" / name / "mask").read_text() == source

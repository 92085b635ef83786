"""The notebooks run to their end where nothing but effunet is, and their cells show themselves."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DOCS = Path(__file__).parents[1] / "docs"

pytestmark = pytest.mark.enable_socket  # a kernel is spoken to by sockets of this machine


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Where the first notebook has trained a run, and what its cells showed."""
    folder = tmp_path_factory.mktemp("notebooks")
    return folder, shown_by(DOCS / "own_data.ipynb", folder)


def shown_by(path: Path, folder: Path) -> set[str]:
    """Run a notebook in ``folder``; the kinds of what its cells show."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs for cell in code), "outputs are left out of the repository"
    resources = {"metadata": {"path": str(folder)}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(DOCS.parent))
        NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources).execute()
    return {kind for cell in code for output in cell.outputs for kind in output.get("data", ())}


def test_every_notebook_is_run() -> None:
    assert {path.stem for path in DOCS.glob("*.ipynb")} == {"own_data", "checkpoint_to_report"}


def test_from_pictures_of_ones_own_to_a_run(trained: tuple[Path, set[str]]) -> None:
    _, shown = trained
    assert shown >= {"image/png", "text/html"}


def test_from_a_run_to_a_report(trained: tuple[Path, set[str]]) -> None:
    folder, _ = trained
    shown = shown_by(DOCS / "checkpoint_to_report.ipynb", folder)
    assert shown >= {"image/png", "text/html"}
    masks = {path.name for path in folder.glob("report/masks/*.png")}
    assert masks == {path.name for path in folder.glob("report/overlays/*.png")}
    assert len(masks) == len(list(folder.glob("my_roads/images/test/*/*.jpg")))
    written = {path.name for path in folder.glob("report/*.*")}
    assert written == {"confusion.png", "metrics.json", "report.html", "worst.png"}

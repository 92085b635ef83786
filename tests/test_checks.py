import subprocess
import sys
from pathlib import Path

import pytest
import torch

from effunet import checks
from effunet.checks import Check, exit_code, render_checks, run_checks


def plant(folder: Path, name: str, version: str, *lines: str) -> None:
    """A distribution as pip leaves it, found because ``folder`` opens the search path."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    header = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
    (info / "METADATA").write_text("\n".join([*header, *lines, ""]))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder searched before everything installed, holding a sound effunet-road."""
    monkeypatch.syspath_prepend(tmp_path)
    plant(tmp_path, checks.DISTRIBUTION, "0.1.0", "Requires-Dist: numpy>=2")
    return tmp_path


def named(name: str) -> Check:
    return next(check for check in run_checks() if check.name == name)


def test_sound_installation_is_ready(site: Path) -> None:
    report = run_checks()
    assert exit_code(report) == 0
    assert render_checks(report).endswith("ready: nothing is broken")
    assert {"python", "effunet-road", "numpy", "torch and torchvision", "device", "precision"} <= {
        check.name for check in report
    }


def test_old_dependency_is_broken_and_named(site: Path) -> None:
    plant(site, "numpy", "1.26.4")
    report = run_checks()
    assert exit_code(report) == 2
    text = render_checks(report)
    assert "1.26.4, but >=2 is needed" in text
    assert 'fix: pip install "numpy>=2"' in text
    assert text.endswith("broken: numpy")


def test_missing_dependency_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    plant(tmp_path, checks.DISTRIBUTION, "0.1.0", "Requires-Dist: no-such-distribution")
    assert named("no-such-distribution").status == "broken"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("effunet", "0.0.5"),
        ("opencv-python", "4.12.0"),
        ("opencv-contrib-python", "4.12.0"),
        ("albumentationsx", "2.1.0"),
        ("lightning", "2.6.3"),
    ],
)
def test_rival_distribution_is_broken_and_its_mend_removes_it(
    site: Path, name: str, version: str
) -> None:
    plant(site, name, version)
    check = named(name)
    assert check.status == "broken"
    assert check.fix is not None
    assert check.fix.startswith("pip uninstall -y ")
    assert name in check.fix


def test_sound_lightning_is_no_finding(site: Path) -> None:
    plant(site, "lightning", "2.6.1")
    assert not [check for check in run_checks() if check.name == "lightning"]


def test_missing_extra_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    lines = [
        "Provides-Extra: weights",
        "Requires-Dist: numpy; extra == 'weights'",
        "Requires-Dist: no-such-distribution; extra == 'weights'",
        "Provides-Extra: dev",
        "Requires-Dist: no-such-tool; extra == 'dev'",
    ]
    plant(tmp_path, checks.DISTRIBUTION, "0.1.0", *lines)
    report = run_checks()
    assert exit_code(report) == 0
    (extra,) = [check for check in report if check.name.startswith("[")]
    assert extra == Check(
        "[weights]",
        "note",
        "not installed: no-such-distribution",
        fix='pip install "effunet-road[weights]"',
    )


def test_uninstalled_source_tree_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "DISTRIBUTION", "no-such-distribution")
    check = named("no-such-distribution")
    assert check.status == "broken"
    assert check.fix == f"pip install -e {Path(checks.__file__).parents[1]}"


def test_torchvision_of_another_torch_is_broken(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    (site / "torchvision").mkdir()
    (site / "torchvision" / "__init__.py").touch()
    (site / "torchvision" / "_C.so").write_bytes(b"not a library of this torch")
    check = named("torch and torchvision")
    assert check.status == "broken"
    assert check.fix == "pip install --force-reinstall torch torchvision"


def test_torchvision_without_operators_is_broken(site: Path) -> None:
    (site / "torchvision").mkdir()
    (site / "torchvision" / "__init__.py").touch()
    report = isolated(site, "print(render_checks(run_checks()))")
    assert "operator torchvision::nms does not exist" in report


def test_torch_that_cannot_be_imported_is_broken(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    check = named("torch")
    assert check.status == "broken"
    assert "cannot be imported" in check.detail


def test_scarce_shared_memory_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_ENOUGH_SHARED_MEMORY", 2**60)
    check = named("shared memory")
    assert check.status == "note"
    assert "--num_workers 0" in (check.fix or "")


def test_driver_that_torch_cannot_use_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "version").touch()
    monkeypatch.setattr(checks, "_NVIDIA_DRIVER", tmp_path / "version")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert named("cuda").status == "note"


def test_imports_nothing_heavier_than_torch(site: Path) -> None:
    heavy = "{'torchvision', 'timm', 'segmentation_models_pytorch', 'pytorch_lightning', 'cv2'}"
    assert isolated(site, f"run_checks(); print({heavy} & set(sys.modules))") == "set()\n"


def isolated(site: Path, statements: str) -> str:
    """What ``statements`` print in a fresh interpreter."""
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); "
        f"from effunet.checks import render_checks, run_checks; {statements}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout

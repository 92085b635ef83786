"""Files that someone made to break what reads them: each is refused with one message."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .hostile_cases import CASES


def _run_all(root: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    jobs = []
    for name in names:
        folder = root / str(list(CASES).index(name))
        folder.mkdir()
        jobs.append([CASES[name][0](folder), str(folder)])
    runner = Path(__file__).with_name("hostile_runner.py")
    done = subprocess.run(
        [sys.executable, runner],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(names, json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def became(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, dict[str, Any]]]:
    """What the cases that were asked for became, all of them in one program."""
    asked = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
    ]
    root = tmp_path_factory.mktemp("hostile")
    return root, _run_all(root, asked)


_FEW = frozenset(list(CASES)[::6])
"""One in six for every day."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in _FEW else pytest.mark.slow) for name in CASES]
)
def test_a_hostile_file_is_refused_with_one_message(
    name: str, became: tuple[Path, dict[str, dict[str, Any]]]
) -> None:
    root, results = became
    result = results[name]
    said = result["said"]
    sys.stdout.write(f"{result['seconds']:.2f} s {result['megabytes']:.0f} MB  {name}\n")
    assert result["code"] == 2, said
    assert len(re.findall("^effunet: ", said, flags=re.MULTILINE)) == 1, said
    assert re.search(CASES[name][1], said), said
    assert "fix: " in said
    assert len(said) < 3000
    assert not any(word in said for word in ("Traceback", "weights_only", "safe_globals", "trust"))
    assert result["megabytes"] < 1024
    assert not list((root / str(list(CASES).index(name))).rglob("canary"))

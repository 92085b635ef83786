import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from effunet.claims import filling
from effunet.files import write_bytes
from effunet.unfinished import remove_leftovers

_WRITE = """
import sys
from pathlib import Path
from effunet.claims import filling
from effunet.files import replacing
with {block} as made:
    print("writing", flush=True)
    sys.stdin.read()
"""
BLOCKS = ["replacing(Path('file'))", "filling(Path('folder'))"]


@contextmanager
def _writing(block: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _WRITE.format(block=block)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("block", BLOCKS)
def test_what_a_dead_process_left_goes_and_what_a_living_one_writes_stays(
    block: str, tmp_path: Path
) -> None:
    with _writing(block, tmp_path) as process:
        write_bytes(tmp_path / "other", b"1")
        (part,) = tmp_path.glob(".*.part")
        process.send_signal(signal.SIGKILL)
        process.wait()
        remove_leftovers.cache_clear()  # as the next process finds it
        with filling(tmp_path / "next"):
            assert not part.exists()
    assert not list(tmp_path.glob(".*.part"))


def test_what_is_called_alike_stays(tmp_path: Path) -> None:
    mine = [tmp_path / "x.part", tmp_path / ".0123456789abcdef.part.txt", tmp_path / ".a.part"]
    for path in mine:
        path.touch()
    (tmp_path / ".0123456789abcdef.part").symlink_to(mine[0])
    write_bytes(tmp_path / "other", b"1")
    assert all(path.exists() for path in mine)

import copy
import pickle
import signal
from pathlib import Path

import pytest

from effunet.errors import EffunetError, InputError, MissingExtraError, PartlyDoneError
from effunet.run_folder import RunFolder
from effunet.training import StoppedError


def _partly_done() -> PartlyDoneError:
    error = PartlyDoneError("interrupted", fix="again")
    error.exit_code = 130
    return error


@pytest.mark.parametrize(
    "error",
    [
        InputError("a", where=Path("b"), why="c", fix="d"),
        MissingExtraError("onnx", extra="export", purpose="export"),
        _partly_done(),
        StoppedError(signal.SIGTERM, RunFolder(Path("run"))),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_crosses_processes_whole(error: EffunetError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert other.__dict__ == error.__dict__
        assert other.exit_code == error.exit_code

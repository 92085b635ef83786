"""The file for the world: tensors in safetensors, everything else as JSON in its header."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from ..errors import InputError
from ..files import write_bytes
from ..finished_runs import newest_finished_below
from ..json_values import jsonable
from ..labels import LabelMap, LabelSpace
from ..run_folder import BEST, FINAL, RunFolder
from .checkpoint_header import check_header, header_from_json
from .digest import BLANK, DIGEST_KEY, is_intact, sealed
from .finite import check_finite
from .tensor_file import all_tensors, check_plain, opened_tensors

FORMAT_VERSION = 3  # 1 kept the ids of the label map inside the label space, 2 had no digest
_UNSEALED = (1, 2)  # versions whose files hold no digest
_HEADER_KEY = "effunet"
_BEGINS = re.compile(r'\{"format_version"')


@dataclass(frozen=True)
class CheckpointFile:
    """What a ``best.safetensors`` holds."""

    path: Path
    state: Mapping[str, Tensor]
    """Tensors of the network: encoder, decoder and segmentation head."""
    label_space: LabelSpace
    label_map: LabelMap
    """How the label files said the classes."""
    config: dict[str, Any]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    input_scale: float
    metrics: dict[str, float | None]
    header: dict[str, Any]
    """The whole header, also what only describes."""


def is_checkpoint(path: Path) -> bool:
    """Whether ``path`` is a run's folder or a file with our header."""
    if path.is_dir():
        return True
    if not (path.is_file() and path.suffix == ".safetensors"):
        return False
    try:
        with opened_tensors(path) as file:
            metadata = file.metadata() or {}
            # one of them may be damaged, and then it is to be told, not to be taken for weights
            return _HEADER_KEY in metadata or any(map(_BEGINS.match, metadata.values()))
    except (SafetensorError, OSError):
        return False


def resolve_checkpoint(path: Path) -> Path:
    """The file that ``path``, a file or a run's folder, stands for.

    Raises:
        InputError: There is none.
    """
    file = RunFolder(path).best if path.is_dir() else path
    if file.suffix == ".ckpt":
        raise _state_of_training(file)
    if not file.is_file():
        why, fix = None, f"give the folder of a run, its {BEST} or its {FINAL}"
        newest = newest_finished_below(Path())
        fix += f"; the newest finished one here: {newest}" if newest else ""
        deeper = sorted(path.glob(f"*/{BEST}")) if path.is_dir() else []
        if deeper:
            why, fix = "it lies one folder deeper", f"give {deeper[0].parent}"
        elif file.name in {BEST, FINAL} and RunFolder(file.parent).config.is_file():
            done = "" if file.name == FINAL else " an epoch"
            why = f"the run has not finished{done} yet"
            finished = newest_finished_below(file.parent.resolve().parent)
            fix = f"wait for it, or take the newest finished run: {finished}" if finished else fix
        elif path.is_dir():
            why = "it is no run's folder"
        elif ":/" in str(path):
            why, fix = "checkpoints are read from files, not from the network", "download it first"
        raise InputError(
            "there is no checkpoint",
            where=file,
            why=why,
            fix=fix,
        )
    return file


def _state_of_training(file: Path) -> InputError:
    runs = (RunFolder(folder) for folder in (file.parent, file.parent.parent))
    run = next((run for run in runs if run.best.is_file()), None)
    return InputError(
        f"{file.name} is a state to go on training from, not a model to use",
        where=file,
        fix=f"--checkpoint {shlex.quote(str(run.path))}, whose {BEST} is the model"
        if run
        else f"give the folder of a run, whose {BEST} is the model",
    )


def write_checkpoint(path: Path, state: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write it whole or not at all, and to the disk.

    Raises:
        InputError: The folder cannot be written.
    """
    known = {"format_version": FORMAT_VERSION, DIGEST_KEY: BLANK}
    text = json.dumps({**known, **jsonable(header)}, allow_nan=False)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    content = save(tensors, metadata={_HEADER_KEY: text})
    write_bytes(path, sealed(content), durable=True)


def read_checkpoint(path: Path) -> CheckpointFile:
    """Read a checkpoint without executing anything in it.

    Raises:
        InputError: There is none, it is damaged, of another kind, or newer than this program.
    """
    file = resolve_checkpoint(path)
    header, state = _read(file)
    version = header["format_version"]
    if version > FORMAT_VERSION:
        raise InputError(
            f"the checkpoint has a newer format, this program reads up to {FORMAT_VERSION}",
            where=file,
            why=f"its header names format {version}" if version < 1000 else None,
            fix="pip install --upgrade effunet-road",
        )
    try:
        fields = check_header(header)
    except KeyError as error:
        raise _damaged(file, f"its header is incomplete: it has no {error.args[0]}") from error
    except ValueError as error:
        raise _damaged(file, str(error)) from error
    check_finite(
        state, what="the checkpoint", where=file, fix="train again, or give another checkpoint"
    )
    return CheckpointFile(path=file, state=state, header=header, **vars(fields))


def _read(file: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        with opened_tensors(file) as opened:
            text = (opened.metadata() or {}).get(_HEADER_KEY)
            if text is None:
                raise InputError(
                    "the file holds tensors but is not an effunet checkpoint",
                    where=file,
                    fix=f"give a run or its {BEST}; encoder weights go to --model.weights",
                )
            header = header_from_json(text)
            # of no version known, damage included, is one without a digest
            if DIGEST_KEY in header or header.get("format_version") not in _UNSEALED:
                _check_intact(file)
            state = all_tensors(opened)
            check_plain(state)
            return header, state
    except (SafetensorError, ValueError, OSError) as error:
        other = "it is no safetensors file, and others can run code when they are opened"
        raise _damaged(file, str(error) if file.suffix == ".safetensors" else other) from error


def _check_intact(file: Path) -> None:
    """Make sure that the bytes are those that were written.

    Raises:
        InputError: They are not.
    """
    try:
        intact = is_intact(file)
    except ValueError as error:
        raise _damaged(file, "it holds no digest of its bytes") from error
    if not intact:
        raise InputError(
            "the checkpoint is damaged",
            where=file,
            why="its bytes are not those that were written",
            fix=f"copy it again from where it came from, or use the {FINAL} of its run",
        )


def _damaged(file: Path, why: str) -> InputError:
    return InputError(
        "the file is not a checkpoint that can be read",
        where=file,
        why=why,
        fix=f"give the folder of a run or its {BEST}",
    )

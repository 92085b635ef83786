"""The run's folder, as long as the run owns it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import yaml

from ..claims import claimed
from ..config import TrainConfig, config_to_dict
from ..files import write_bytes
from ..run_folder import RunFolder
from ..stop_requests import EndAtOnce
from ..unfinished import remove_leftovers
from .state.ranks import is_main_process


@contextmanager
def own_folder(path: Path, *, new: bool) -> Iterator[RunFolder]:
    """The run's folder, kept from other commands; only the main process writes, so it alone asks.

    Raises:
        InputError: It cannot be written, or another command is writing into it.
    """
    with claimed(path, new=new) if is_main_process() else nullcontext(path) as own:
        folder = RunFolder(own)
        if is_main_process():
            for each in (folder.path, folder.checkpoints):
                remove_leftovers(each)
            folder.passing_link.unlink(missing_ok=True)
        try:
            yield folder
        except EndAtOnce:
            if new and not folder.begun:  # the same command begins again under the same name
                folder.config.unlink(missing_ok=True)
            raise


def write_config(folder: RunFolder, config: TrainConfig) -> None:
    """Put the whole configuration beside what comes of it.

    Raises:
        InputError: It cannot be written.
    """
    described = yaml.safe_dump(config_to_dict(config), sort_keys=False)
    write_bytes(folder.config, described.encode(), durable=True)

"""What commands print of where their model comes from and where their results go."""

from collections.abc import Callable
from pathlib import Path

from .finished_runs import newest_finished_run


def newest_run() -> Path:
    """The newest finished run below where the user stands, told.

    Raises:
        InputError: There is none.
    """
    run = newest_finished_run()
    print(f"run      {run} (the newest finished one here)")
    return run


def announcing(folder: Path, count: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Count, and name the folder once something is done, so that none is named and not made."""
    announced = False

    def show(done: int, total: int) -> None:
        nonlocal announced
        if not announced:
            print(f"out      {folder}", flush=True)
        announced = True
        count(done, total)

    return show

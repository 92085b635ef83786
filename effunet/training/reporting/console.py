"""Where a run says what it does."""

import sys
from typing import IO, NoReturn

from rich.console import Console


class RunConsole(Console):
    """Prints lines as they stand, on standard output unless another file is given."""

    def __init__(self, file: IO[str] | None = None) -> None:
        # a cell keeps every move of a bar; its output claims to be a terminal
        in_notebook = "ipykernel" in sys.modules
        super().__init__(
            file=file,
            highlight=False,
            soft_wrap=True,
            force_jupyter=False,
            force_terminal=False if in_notebook else None,
        )

    def on_broken_pipe(self) -> NoReturn:
        """Leave the end to the caller: rich would exit at once, the run unsaved."""
        raise BrokenPipeError

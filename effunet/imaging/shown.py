"""Pictures that show themselves, in a notebook and elsewhere."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ..errors import InputError
from ..files import write_bytes


@dataclass(frozen=True, repr=False)
class Picture:
    """A PNG; the last line of a notebook's cell shows it."""

    png: bytes
    """Its file's content."""

    def __repr__(self) -> str:
        with Image.open(io.BytesIO(self.png)) as image:
            return f"Picture({image.width}x{image.height})"

    def _repr_png_(self) -> bytes:
        return self.png

    def show(self) -> None:
        """Show it below a notebook's cell, and elsewhere in the system's own viewer."""
        notebook = sys.modules.get("IPython")
        if notebook is not None and notebook.get_ipython() is not None:
            notebook.display.display(self)
            return
        with Image.open(io.BytesIO(self.png)) as image:
            image.show()

    def save(self, path: str | Path) -> None:
        """Write the PNG, whole or not at all.

        Raises:
            InputError: ``path`` does not end in .png, or cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() != ".png":
            raise InputError(
                f"the picture cannot be saved as {path.suffix or 'a file without an ending'}",
                where=path,
                why="it is a PNG",
                fix=f"save it as {path.with_suffix('.png').name}",
            )
        write_bytes(path, self.png)

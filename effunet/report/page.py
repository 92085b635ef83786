"""The self-contained page: one HTML file that needs neither network nor the files beside it."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ..files import write_bytes
from .ranking import worst_first

_MEDIA_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True)
class Table:
    """Rows of text under a title."""

    title: str
    """What stands above it."""
    columns: tuple[str, ...]
    """Heads of the columns; the first column is text, the others are aligned as numbers."""
    rows: tuple[tuple[str, ...], ...]
    """Cells."""
    colours: tuple[tuple[int, int, int], ...] = ()
    """RGB patch before each row's first cell; none if empty."""
    bars: tuple[float, ...] = ()
    """Share in 0…1 drawn behind each row's last cell; none if empty. NaN draws nothing."""
    note: str = ""
    """Small print below it."""


def class_table(
    names: Sequence[str],
    iou: Sequence[float],
    *,
    pixel_shares: Sequence[float] | None = None,
    palette: Sequence[tuple[int, int, int]] | None = None,
    title: str = "Classes, worst first",
    note: str = "",
) -> Table:
    """The per-class table: worst first, classes that do not occur last.

    Args:
        names: Class names.
        iou: IoU in 0…1, NaN for a class without a union.
        pixel_shares: Share of the valid pixels of the truth that are of the class, in 0…1.
        palette: RGB of each class.
        title: What stands above the table.
        note: Small print below it.
    """
    order = worst_first(iou)

    def cells(index: int) -> tuple[str, ...]:
        score = "does not occur" if math.isnan(iou[index]) else f"{iou[index]:.3f}"
        if pixel_shares is None:
            return (names[index], score)
        return (names[index], f"{pixel_shares[index]:.2%}", score)

    return Table(
        title=title,
        columns=("class", "IoU") if pixel_shares is None else ("class", "pixels", "IoU"),
        rows=tuple(cells(index) for index in order),
        colours=() if palette is None else tuple(palette[index] for index in order),
        bars=tuple(iou[index] for index in order),
        note=note,
    )


def write_page(
    path: Path,
    *,
    title: str,
    subtitle: str = "",
    headline: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
    tables: Sequence[Table] = (),
    plots: Mapping[str, bytes | Path] | None = None,
    pictures: Mapping[str, bytes | Path] | None = None,
    commands: Sequence[str] = (),
) -> None:
    """Write a page with everything it shows inside it.

    Args:
        path: The HTML file.
        title: Its heading.
        subtitle: One sentence under the heading.
        headline: The few numbers that matter, shown large: label → number.
        facts: Everything else worth knowing: label → value.
        tables: Tables, in order.
        plots: Caption → diagram on white, inverted where the reader's colours are dark.
        pictures: Caption → photograph or rendering, never inverted.
        commands: Command lines to type next.

    Raises:
        InputError: The page cannot be written.
    """
    page = template("page.html").render(
        title=title,
        subtitle=subtitle,
        headline=headline or {},
        facts=facts or {},
        tables=tables,
        plots=plots or {},
        pictures=pictures or {},
        commands=commands,
    )
    write_bytes(path, page.encode(errors="backslashreplace"))  # names of files need not be text


def html_fragment(
    *,
    title: str,
    headline: Mapping[str, str],
    tables: Sequence[Table] = (),
    plots: Sequence[bytes] = (),
) -> str:
    """HTML for the output of a notebook's cell; arguments as of :func:`write_page`."""
    return template("fragment.html").render(
        title=title, headline=headline, tables=tables, plots=plots
    )


def template(name: str) -> Template:
    """A page to fill, whose ``data_uri`` puts pictures into it."""
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,  # class names and paths are the user's
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = _data_uri
    return environment.get_template(name)


def _data_uri(picture: bytes | Path) -> str:
    content = picture.read_bytes() if isinstance(picture, Path) else picture
    (media_type,) = (name for magic, name in _MEDIA_TYPES.items() if content.startswith(magic))
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"

"""The self-contained page: one HTML file that needs neither network nor the files beside it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..files import write_bytes
from .cards import Card, Colour, Gallery
from .tables import Table

_MEDIA_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True)
class Finding:
    """Something that is wrong or worth knowing."""

    what: str
    files: tuple[str, ...] = ()
    fix: str = ""


@dataclass(frozen=True)
class Page:
    """What every page of a run, a score, a prediction or a data set may hold, from its top down."""

    title: str
    """Its heading."""
    subtitle: str = ""
    """One sentence under the heading."""
    headline: Mapping[str, str] = field(default_factory=dict)
    """The few numbers that matter, shown large: label → number."""
    findings: Sequence[Finding] = ()
    """Faults and warnings, worst first."""
    tables: Sequence[Table] = ()
    """Tables, in order."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What, when, how long, on what: label → value."""
    plots: Mapping[str, bytes | Path] = field(default_factory=dict)
    """Caption → diagram on white, inverted where the reader's colours are dark."""
    classes: Sequence[tuple[str, Colour]] = ()
    """Name and colour of each class, the legend of the pictures that follow."""
    mistakes: Sequence[Card] = ()
    """Pictures with truth, prediction and errors side by side, worst first."""
    gallery: Gallery | None = None
    """Pictures under their masks."""
    folded: Mapping[str, str] = field(default_factory=dict)
    """Title → lines that few ask for."""
    commands: Sequence[str] = ()
    """Command lines to type next."""


def write_page(path: Path, page: Page) -> None:
    """Write ``page`` with everything it shows inside it.

    Raises:
        InputError: It cannot be written.
    """
    text = _filled("page.html", page=page)
    write_bytes(path, text.encode(errors="backslashreplace"))  # names of files need not be text


def html_fragment(
    *,
    title: str,
    headline: Mapping[str, str],
    tables: Sequence[Table] = (),
    plots: Sequence[bytes] = (),
) -> str:
    """HTML for the output of a notebook's cell.

    Args:
        title: What it is of.
        headline: The few numbers that matter: label → number.
        tables: Tables, in order.
        plots: Files of diagrams.
    """
    return _filled("fragment.html", title=title, headline=headline, tables=tables, plots=plots)


def _filled(name: str, **values: object) -> str:
    """A template, whose filter ``data_uri`` puts pictures into it."""
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,  # class names and paths are the user's
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = _data_uri
    return environment.get_template(name).render(values)


def _data_uri(picture: bytes | Path) -> str:
    content = picture.read_bytes() if isinstance(picture, Path) else picture
    (media_type,) = (name for magic, name in _MEDIA_TYPES.items() if content.startswith(magic))
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"

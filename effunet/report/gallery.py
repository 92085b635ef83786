"""The page with many small pictures under their masks, to look through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import write_bytes
from .page import Table, template

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Card:
    """One picture."""

    caption: str
    """What stands below it."""
    group: str
    """The split it is of."""
    picture: bytes | None
    """The bytes of a small picture's file; None where it cannot be read."""
    mask: bytes | None
    """The same of its mask, transparent where no class is; None where it cannot be read."""
    classes: tuple[int, ...]
    """Which classes are in it."""
    warnings: tuple[str, ...] = ()
    """What is wrong with it."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong or worth knowing."""

    what: str
    files: tuple[str, ...] = ()
    fix: str = ""


def write_gallery(
    path: Path,
    *,
    title: str,
    subtitle: str,
    headline: Mapping[str, str],
    findings: Sequence[Finding],
    tables: Sequence[Table],
    classes: Sequence[tuple[str, Colour]],
    cards: Sequence[Card],
    left_out: str,
    commands: Sequence[str],
) -> None:
    """Write a page with everything it shows inside it.

    Args:
        path: The HTML file.
        title: Its heading.
        subtitle: One sentence under the heading.
        headline: The few numbers that matter, shown large: label → number.
        findings: Faults and warnings, worst first.
        tables: Histograms of the classes.
        classes: Name and colour of each class, for the legend.
        cards: Pictures, in order.
        left_out: What is not shown; empty if nothing is.
        commands: Command lines to type next.

    Raises:
        InputError: The page cannot be written.
    """
    page = template("gallery.html").render(
        title=title,
        subtitle=subtitle,
        headline=headline,
        facts={},
        tables=tables,
        plots={},
        pictures={},
        commands=commands,
        findings=findings,
        classes=classes,
        cards=cards,
        groups=list(dict.fromkeys(card.group for card in cards)),
        left_out=left_out,
    )
    write_bytes(path, page.encode(errors="backslashreplace"))  # names of files need not be text

import re
from pathlib import Path

import numpy as np

from effunet.imaging import encode_image
from effunet.report import Card, Finding, Gallery, Page, Table, write_page

PICTURE = encode_image(np.zeros((2, 3, 3), dtype=np.uint8), ".webp")
MASK = encode_image(np.zeros((2, 3, 3), dtype=np.uint8), ".png")


def _page(path: Path, *, left_out: str = "") -> str:
    cards = [
        Card("train/a", PICTURE, {"mask": MASK}, "train", (0, 1)),
        Card("train/<b>", PICTURE, {}, "train", (0,), ("void",)),
        Card("val/c", None, {}, "val", (), ("torn",)),
    ]
    page = Page(
        title="my <roads>",
        subtitle="here",
        headline={"pictures": "3"},
        findings=[Finding("no <mask>", ("a", "b", "c", "d"), "add it"), Finding("odd")],
        tables=[Table("classes", ("class", "pixels"), (("road", "1"),), bars=(1.0,))],
        classes=[("road", (1, 2, 3)), ("<sky>", (4, 5, 6))],
        gallery=Gallery(cards, left_out),
        commands=["effunet data check"],
    )
    write_page(path, page)
    return path.read_text()


def test_the_page_needs_nothing_beside_itself_and_trusts_no_text(tmp_path: Path) -> None:
    text = _page(tmp_path / "page.html")
    sources = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert len(sources) == 3
    assert all(source.startswith("data:image/") for source in sources)
    assert "http" not in text
    for raw in ("<roads>", "<mask>", "<sky>", "<b>{"):
        assert raw not in text
    assert "train/&lt;b&gt;" in text


def test_every_card_says_its_split_its_classes_and_what_is_wrong(tmp_path: Path) -> None:
    text = _page(tmp_path / "page.html")
    cards = re.findall(r'<figure class="([^"]*)" data-group="([^"]*)" data-classes="([^"]*)"', text)
    assert cards == [
        ("card", "train", " 0 1 "),
        ("card warned", "train", " 0 "),
        ("card warned", "val", "  "),
    ]
    assert "cannot be read" in text
    assert "4 files: a, b, c and 1 more" in text
    assert re.findall(r'data-class="(\d)"', text) == ["0", "1"]


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    assert "40 more" in _page(tmp_path / "page.html", left_out="40 more are not shown")

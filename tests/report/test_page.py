"""The page holds everything it shows and trusts no text."""

import base64
import io
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.imaging import encode_image
from effunet.report import Card, Compared, Page, Table, class_table, write_page

PNG = encode_image(np.zeros((2, 3, 3), dtype=np.uint8), ".png")
JPEG = encode_image(np.zeros((2, 3, 3), dtype=np.uint8), ".jpg")
_VOID_TAGS = {"meta", "img", "br"}


class _Outline(HTMLParser):
    """Collects text and checks that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID_TAGS:
            self.open.append(tag)
        self.references += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"}.intersection(self.open) and data.strip():
            self.text.append(data.strip())


def _outline(path: Path) -> _Outline:
    outline = _Outline()
    outline.feed(path.read_text(encoding="utf-8"))
    assert not outline.open
    return outline


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "plot.png").write_bytes(PNG)
    path = tmp_path / "report.html"
    page = Page(
        title="Run <1>",
        subtitle="a & b",
        headline={"mIoU": "0.671"},
        facts={"torch": "2.15"},
        tables=[
            class_table(("road", "<b>"), [0.7, math.nan], palette=[(1, 2, 3), (4, 5, 6)]),
            Table("Speed", ("device", "ms"), (("cpu", "12"),), note="batch 1"),
        ],
        plots={"Curves": tmp_path / "plot.png"},
        classes=[("road", (1, 2, 3))],
        mistakes=[Card("worst <picture>", JPEG, {"truth": PNG})],
        folded={"Versions": "torch 2 <b>"},
        commands=["effunet predict --source 'a b'"],
    )
    write_page(path, page)
    return path


def test_everything_given_is_on_the_page(page: Path) -> None:
    text = _outline(page).text
    for part in (
        *("Run <1>", "a & b", "0.671", "mIoU", "torch", "2.15", "road", "<b>", "0.700"),
        *("does not occur", "Speed", "cpu", "12", "batch 1", "Curves", "worst <picture>"),
        *("Versions", "torch 2 <b>"),
        "effunet predict --source 'a b'",
    ):
        assert part in text


def test_the_page_needs_no_other_file(page: Path) -> None:
    png, jpeg = (
        f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
        for kind, content in (("png", PNG), ("jpeg", JPEG))
    )
    assert sorted(_outline(page).references) == sorted([png, png, jpeg])
    assert not re.search(r"https?:|url\(|@import|<script .*src", page.read_text(encoding="utf-8"))


def test_bars_are_as_long_as_the_score_and_nan_has_none(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert re.findall(r"--share: ([\d.]+)%", html) == ["70.00", "0"]
    assert "background: rgb(1, 2, 3)" in html


def test_only_plots_are_inverted_in_dark_colours(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in html
    plot, picture = html.index("<h2>Curves</h2>"), html.index("<figcaption>worst")
    assert html[:plot].rstrip().endswith('<section class="plot">')
    assert "plot" not in html[html.rindex("<figure", 0, picture) : picture]


def test_an_almost_empty_page_is_whole(tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", Page(title="Nothing yet"))
    outline = _outline(tmp_path / "page.html")
    assert outline.text == ["Nothing yet", "Nothing yet"]  # in the tab and on the page


def test_the_class_table_is_worst_first_with_absent_classes_last() -> None:
    table = class_table(
        ("road", "sky", "car"),
        [0.9, math.nan, 0.2],
        pixel_shares=[0.5, 0.0, 0.25],
        palette=[(1, 1, 1), (2, 2, 2), (3, 3, 3)],
    )
    assert table.columns == ("class", "pixels", "IoU")
    assert table.rows == (
        ("car", "25.00%", "0.200"),
        ("road", "50.00%", "0.900"),
        ("sky", "0.00%", "does not occur"),
    )
    assert table.bars[:2] == (0.2, 0.9)
    assert table.colours == ((3, 3, 3), (1, 1, 1), (2, 2, 2))


def test_errors_are_shown_in_the_colour_of_the_true_class() -> None:
    palette = [(10, 20, 30), (40, 50, 60), (70, 80, 90)]
    mask = np.array([[0, 1, 2, 255]], np.uint8)
    preds = np.array([[0, 2, 0, 1]], np.uint8)
    card = Compared("odd", None, mask, preds).card(palette)
    assert card.picture is None
    shown = {
        what: np.asarray(Image.open(io.BytesIO(file)).convert("RGBA"))[0]
        for what, file in card.masks.items()
    }
    assert shown["truth"][:, 3].tolist() == [255, 255, 255, 0]
    assert shown["prediction"][:, :3].tolist() == [list(palette[index]) for index in (0, 2, 0, 1)]
    assert shown["errors"][:, 3].tolist() == [0, 255, 255, 0]
    assert shown["errors"][1:3, :3].tolist() == [list(palette[1]), list(palette[2])]

"""Plots are pictures that show what they were given."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.errors import InputError
from effunet.imaging import read_image
from effunet.report import plot_classes, plot_confusion, plot_curves
from effunet.report.ranking import worst_first

NAMES = ("road", "sky", "car")
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def _extent(image: NDArray[np.uint8], colour: tuple[int, int, int]) -> tuple[int, int]:
    """Height where a colour begins and width of its widest row; (0, 0) where it is missing."""
    found = (image == colour).all(axis=-1)
    rows = found.sum(axis=1)
    return (int(np.flatnonzero(rows)[0]), int(rows.max())) if rows.any() else (0, 0)


def test_worst_first_puts_absent_classes_last() -> None:
    assert worst_first([0.5, math.nan, 0.1, 0.9]) == [2, 0, 3, 1]


def test_class_bars_are_as_long_as_their_iou_and_the_worst_is_on_top(tmp_path: Path) -> None:
    plot_classes(NAMES, [0.8, 0.4, math.nan], tmp_path / "c.png", palette=[RED, GREEN, BLUE])
    image = read_image(tmp_path / "c.png")
    (red_top, red_width), (green_top, green_width) = _extent(image, RED), _extent(image, GREEN)
    assert red_width == pytest.approx(2 * green_width, rel=0.02)
    assert green_top < red_top
    assert _extent(image, BLUE) == (0, 0)


def test_classes_without_any_score_can_be_drawn(tmp_path: Path) -> None:
    plot_classes(NAMES, [math.nan] * 3, tmp_path / "c.png")
    assert read_image(tmp_path / "c.png").size


def test_confusion_shows_the_share_of_a_class_however_few_its_pixels_are(tmp_path: Path) -> None:
    many = np.array([[900, 100, 0, 0], [0, 1000, 0, 0], [0, 0, 0, 0]])
    few = np.array([[9, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    other = np.array([[8, 2, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    pictures = []
    for confusion in (many, few, other):
        plot_confusion(confusion, NAMES, tmp_path / "c.png")
        pictures.append(read_image(tmp_path / "c.png"))
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])


def test_confusion_shows_void_only_where_it_was_predicted(tmp_path: Path) -> None:
    confusion = np.eye(3, 4, dtype=np.int64)
    plot_confusion(confusion, NAMES, tmp_path / "without.png")
    confusion[0, 3] = 1
    plot_confusion(confusion, NAMES, tmp_path / "with.png")
    widths = [read_image(tmp_path / f"{name}.png").shape[1] for name in ("without", "with")]
    assert widths[1] > widths[0]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"epoch": 0.0, "train/loss": 1.0, "val/miou": 0.1, "lr": 1e-3}],
        [{"epoch": 0.0, "train/loss": math.nan}, {"epoch": 0.0, "val/miou": math.nan}],
    ],
)
def test_curves_of_a_run_that_has_barely_begun(
    rows: list[dict[str, float]], tmp_path: Path
) -> None:
    plot_curves(rows, tmp_path / "curves.png")
    assert read_image(tmp_path / "curves.png").shape == (408, 1440, 3)


def test_a_missing_value_leaves_a_gap_in_its_own_curve_only(tmp_path: Path) -> None:
    whole = [{"epoch": float(epoch), "train/loss": 1 / (epoch + 1)} for epoch in range(5)]
    plot_curves(whole, tmp_path / "whole.png")
    validation = [{**row, "train/loss": math.nan} for row in whole]
    mixed = [row for pair in zip(whole, validation, strict=True) for row in pair]
    plot_curves(mixed, tmp_path / "mixed.png")
    assert np.array_equal(read_image(tmp_path / "whole.png"), read_image(tmp_path / "mixed.png"))


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        plot_curves([], tmp_path / "file" / "curves.png")


def test_class_names_are_no_formulas(tmp_path: Path) -> None:
    names = (r"$\frac$", "a$b$", "stra\udcdfe")
    plot_classes(names, [0.1, 0.2, 0.3], tmp_path / "classes.png")
    plot_confusion(np.eye(3, dtype=np.int64), names, tmp_path / "confusion.png")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_confusion_of_many_classes_stays_a_picture_for_a_screen(tmp_path: Path) -> None:
    names = [f"class {index}" for index in range(60)]
    plot_confusion(np.eye(60, dtype=np.int64), names, tmp_path / "confusion.png")
    assert max(read_image(tmp_path / "confusion.png").shape) < 3000

"""Plots are pictures that show what they were given."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.errors import InputError
from effunet.imaging import Picture, decode_image
from effunet.report import plot_classes, plot_confusion, plot_curves
from effunet.report.ranking import worst_first

NAMES = ("road", "sky", "car")
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def _extent(image: NDArray[np.uint8], colour: tuple[int, int, int]) -> tuple[int, int]:
    """Height where a colour begins and width of its widest row; (0, 0) where it is missing."""
    found = (image == colour).all(axis=-1)
    rows = found.sum(axis=1)
    return (int(np.flatnonzero(rows)[0]), int(rows.max())) if rows.any() else (0, 0)


def _width(plot: Picture) -> int:
    return int(decode_image(plot.png).shape[1])


def test_worst_first_puts_absent_classes_last() -> None:
    assert worst_first([0.5, math.nan, 0.1, 0.9]) == [2, 0, 3, 1]


def test_class_bars_are_as_long_as_their_iou_and_the_worst_is_on_top() -> None:
    plot = plot_classes(NAMES, [0.8, 0.4, math.nan], palette=[RED, GREEN, BLUE])
    image = decode_image(plot.png)
    (red_top, red_width), (green_top, green_width) = _extent(image, RED), _extent(image, GREEN)
    assert red_width == pytest.approx(2 * green_width, rel=0.02)
    assert green_top < red_top
    assert _extent(image, BLUE) == (0, 0)


def test_classes_without_any_score_can_be_drawn() -> None:
    assert decode_image(plot_classes(NAMES, [math.nan] * 3).png).size


def test_confusion_shows_the_share_of_a_class_however_few_its_pixels_are() -> None:
    many = np.array([[900, 100, 0, 0], [0, 1000, 0, 0], [0, 0, 0, 0]])
    few = np.array([[9, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    other = np.array([[8, 2, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    pictures = [plot_confusion(confusion, NAMES) for confusion in (many, few, other)]
    assert pictures[0] == pictures[1]
    assert pictures[1] != pictures[2]


def test_confusion_shows_void_only_where_it_was_predicted() -> None:
    confusion = np.eye(3, 4, dtype=np.int64)
    without = plot_confusion(confusion, NAMES)
    confusion[0, 3] = 1
    assert _width(plot_confusion(confusion, NAMES)) > _width(without)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"epoch": 0.0, "train/loss": 1.0, "val/miou": 0.1, "lr": 1e-3}],
        [{"epoch": 0.0, "train/loss": math.nan}, {"epoch": 0.0, "val/miou": math.nan}],
    ],
)
def test_curves_of_a_run_that_has_barely_begun(rows: list[dict[str, float]]) -> None:
    assert decode_image(plot_curves(rows).png).shape == (408, 1440, 3)


def test_a_missing_value_leaves_a_gap_in_its_own_curve_only() -> None:
    whole = [{"epoch": float(epoch), "train/loss": 1 / (epoch + 1)} for epoch in range(5)]
    validation = [{**row, "train/loss": math.nan} for row in whole]
    mixed = [row for pair in zip(whole, validation, strict=True) for row in pair]
    assert plot_curves(whole) == plot_curves(mixed)


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        plot_curves([]).save(tmp_path / "file" / "curves.png")


def test_class_names_are_no_formulas() -> None:
    names = (r"$\frac$", "a$b$", "stra\udcdfe")
    assert plot_classes(names, [0.1, 0.2, 0.3]).png
    assert plot_confusion(np.eye(3, dtype=np.int64), names).png


def test_a_confusion_of_many_classes_stays_a_picture_for_a_screen() -> None:
    names = [f"class {index}" for index in range(60)]
    plot = plot_confusion(np.eye(60, dtype=np.int64), names)
    assert max(decode_image(plot.png).shape) < 3000

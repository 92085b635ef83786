import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.labels import IGNORE_INDEX, LABEL_SPACES
from effunet.render import (
    overlay_with_legend,
    render_errors,
    render_grid,
    render_legend,
    render_mask,
    render_overlay,
    render_val_grid,
)

SPACE = LABEL_SPACES["idd_lite"]
PALETTE = SPACE.palette_array()
SIZES = [(227, 320), (1080, 1920), (40, 60)]


def _scene(size: tuple[int, int] = (40, 60)) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    mask = rng.integers(0, SPACE.num_classes, size, dtype=np.uint8)
    mask[0] = IGNORE_INDEX
    return rng.integers(0, 256, (*size, 3), dtype=np.uint8), mask


def test_every_pixel_has_its_classes_colour() -> None:
    _, mask = _scene()
    colours = render_mask(mask, PALETTE)
    for train_id, colour in enumerate(SPACE.palette):
        assert (colours[mask == train_id] == colour).all()
    assert (colours[mask == IGNORE_INDEX] == 0).all()


def test_an_overlay_blends_and_spares_void() -> None:
    image, mask = _scene()
    overlay = render_overlay(image, mask, PALETTE, alpha=0.25)
    expected = 0.75 * image + 0.25 * PALETTE[mask]
    labelled = mask != IGNORE_INDEX
    assert np.abs(overlay[labelled] - expected[labelled]).max() <= 1
    np.testing.assert_array_equal(overlay[~labelled], image[~labelled])


@pytest.mark.parametrize(("alpha", "shown"), [(0.0, "image"), (1.0, "mask")])
def test_alpha_goes_from_picture_to_mask(alpha: float, shown: str) -> None:
    image, mask = _scene()
    mask[0] = 1
    overlay = render_overlay(image, mask, PALETTE, alpha=alpha)
    np.testing.assert_array_equal(overlay, image if shown == "image" else PALETTE[mask])


@pytest.mark.parametrize("size", SIZES)
def test_the_legend_hides_nothing(size: tuple[int, int]) -> None:
    image, _ = _scene(size)
    shares = dict.fromkeys(SPACE.names, 1 / 7)
    whole = overlay_with_legend(image, SPACE.names, PALETTE, shares=shares)
    height, width = size
    np.testing.assert_array_equal(whole[:height, :width], image)
    band = whole[height:]
    assert band.shape[0] >= 10
    for colour in SPACE.palette:
        assert (band == colour).all(axis=-1).sum() >= 64  # a patch one can tell the colour of
    assert (band < 100).all(axis=-1).any()  # and text beside it


@pytest.mark.parametrize("size", SIZES)
def test_the_legend_takes_a_fitting_share(size: tuple[int, int]) -> None:
    height, width = size
    band = render_legend(SPACE.names, PALETTE, width=width, text=max(10, width // 64))
    assert 0.02 < band.shape[0] / height < (0.35 if width > 200 else 5)


def test_text_grows_with_the_picture() -> None:
    small, large = (
        overlay_with_legend(np.zeros((8, width, 3), np.uint8), ["road"], PALETTE)
        for width in (320, 1920)
    )
    assert large.shape[0] - 8 > 2 * (small.shape[0] - 8)


def test_a_narrow_picture_gets_a_margin_not_a_cut_name() -> None:
    image, _ = _scene((40, 30))
    whole = overlay_with_legend(image, SPACE.names, PALETTE)
    assert whole.shape[1] > 30
    assert (whole[:, -1] == 255).all()


def test_errors_are_shown_where_prediction_and_truth_differ() -> None:
    truth = np.array([[0, 1, 2, IGNORE_INDEX]], dtype=np.uint8)
    preds = np.array([[0, 2, IGNORE_INDEX, 3]], dtype=np.uint8)
    errors = render_errors(truth, preds, PALETTE)[0]
    assert errors[0].min() > 200
    np.testing.assert_array_equal(errors[1], SPACE.palette[1])
    np.testing.assert_array_equal(errors[2], SPACE.palette[2])
    assert (errors[3] == 255).all()


def test_a_grid_holds_every_picture_in_its_place() -> None:
    pictures = [np.full((20, 30, 3), 20 * index, np.uint8) for index in range(5)]
    sheet = render_grid(pictures, columns=2, gap=4)
    assert sheet.shape == (3 * 24 - 4, 2 * 34 - 4, 3)
    for index in range(5):
        top, left = index // 2 * 24, index % 2 * 34
        assert (sheet[top : top + 20, left : left + 30] == 20 * index).all()


def test_pictures_of_a_grid_take_the_size_of_the_first() -> None:
    pictures = [np.zeros((20, 30, 3), np.uint8), np.zeros((40, 80, 3), np.uint8)]
    assert render_grid(pictures, columns=2, gap=2).shape == (20, 62, 3)


def test_a_val_grid_shows_four_pictures_a_row() -> None:
    image, mask = _scene((60, 90))
    preds = np.zeros_like(mask)
    grid = render_val_grid([(image, mask, preds)] * 2, SPACE.names, PALETTE)
    assert grid.shape[1] == 4 * 90 + 3 * 4
    rows = [row for row in range(grid.shape[0] - 60) if (grid[row : row + 60, :90] == image).all()]
    assert len(rows) == 2
    first = rows[0]
    np.testing.assert_array_equal(grid[first : first + 60, 94:184], PALETTE[mask])
    np.testing.assert_array_equal(grid[first : first + 60, 188:278], PALETTE[preds])


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (60, 12), (3, 4097), (4097, 3)])
@pytest.mark.parametrize("classes", [1, 255])
def test_pictures_of_any_shape_are_drawn(size: tuple[int, int], classes: int) -> None:
    image, mask = _scene(size)
    names = [f"a class with quite a long name, number {index}" for index in range(classes)]
    palette = np.random.default_rng(0).integers(0, 256, (256, 3), dtype=np.uint8)
    assert overlay_with_legend(image, names, palette).shape[0] > size[0]
    grid = render_val_grid([(image, mask, mask)] * 2, names, palette)
    assert grid.shape[1] >= 4 * min(size[1], 1024)


def test_a_val_grid_of_large_pictures_fits_a_picture_file() -> None:
    image, mask = np.zeros((40, 20_000, 3), np.uint8), np.zeros((40, 20_000), np.uint8)
    assert render_val_grid([(image, mask, mask)], SPACE.names, PALETTE).shape[1] < 65_536


def test_a_name_in_another_script_is_drawn_without_its_letters() -> None:
    assert render_legend(["stra\udcdfe, \u9053"], PALETTE, width=320, text=10).shape[1] == 320


def test_a_name_loses_accents_alone() -> None:
    plain, accented = (
        render_legend([name], PALETTE, width=320, text=10) for name in ("chaussee", "chauss\u00e9e")
    )
    np.testing.assert_array_equal(plain, accented)


def test_the_legend_leaves_out_what_covers_nothing() -> None:
    image, _ = _scene(SIZES[0])
    shares = dict.fromkeys(SPACE.names, 0.0) | {"vehicles": 0.25, "sky": 0.75}
    whole = overlay_with_legend(image, SPACE.names, PALETTE, shares=shares)
    band = whole[SIZES[0][0] :].reshape(-1, 3)
    shown = [
        name
        for name, c in zip(SPACE.names, SPACE.palette, strict=True)
        if (band == c).all(1).sum() > 36
    ]
    assert shown == ["vehicles", "sky"]


def test_a_picture_that_is_void_has_a_whole_legend() -> None:
    image, _ = _scene(SIZES[0])
    none = dict.fromkeys(SPACE.names, 0.0)
    assert overlay_with_legend(image, SPACE.names, PALETTE, shares=none).shape[0] > len(image) + 40


def test_a_name_of_hundreds_of_letters_is_cut() -> None:
    image, _ = _scene(SIZES[0])
    assert overlay_with_legend(image, ["x" * 1000], PALETTE).shape[1] < 400


def test_a_patch_as_white_as_the_paper_is_seen() -> None:
    band = render_legend(["snow"], np.full((256, 3), 255, np.uint8), width=320, text=10)
    assert (band[5:15, :16] < 200).any()


def test_text_of_a_tall_picture_is_larger_and_fits_its_width() -> None:
    low, tall = (
        overlay_with_legend(np.zeros((height, 600, 3), np.uint8), SPACE.names, PALETTE)
        for height in (300, 6000)
    )
    assert tall.shape[0] - 6000 > 1.5 * (low.shape[0] - 300)
    assert tall.shape[1] == 600

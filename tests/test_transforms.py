import numpy as np
import pytest

from effunet.transforms import TrainTransform

SPOTS = 16
"""Side of the squares in the test picture."""


@pytest.fixture
def scene() -> tuple[np.ndarray, np.ndarray]:
    """A picture of coloured squares whose mask can be computed from its red and green."""
    y, x = np.mgrid[0:96, 0:160] // SPOTS
    mask = ((x + 2 * y) % 7).astype(np.uint8)
    image = np.stack([mask * 30, 255 - mask * 30, np.full_like(mask, 90)], axis=-1)
    return image.astype(np.uint8), mask


def _inside(mask: np.ndarray) -> np.ndarray:
    """Pixels all of whose neighbours two pixels away have their class."""
    same = np.ones_like(mask, dtype=bool)
    for axis in (0, 1):
        for shift in (-2, 2):
            same &= np.roll(mask, shift, axis) == mask
    same[:2] = same[-2:] = False
    same[:, :2] = same[:, -2:] = False
    return same


def test_image_and_mask_move_together(scene: tuple[np.ndarray, np.ndarray]) -> None:
    transform = TrainTransform((64, 96), color_jitter=0)
    seen = set()
    for seed in range(40):
        image, mask = transform(*scene, seed=seed)
        assert image.shape == (64, 96, 3)
        assert mask.shape == (64, 96)
        assert image.dtype == mask.dtype == np.uint8
        classes = np.round(image[..., 0] / 30).astype(np.uint8)
        scored = (mask != 255) & _inside(mask)
        np.testing.assert_array_equal(classes[scored], mask[scored])
        seen |= set(mask[scored].tolist())
    assert seen == set(range(7))


def test_masks_are_not_shifted_against_their_images() -> None:
    """A vertical edge stays where bilinear puts it, half way between the two colours."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:] = 200
    mask = (image[..., 0] > 100).astype(np.uint8)
    for scale in (2.0, 1.5, 0.75):
        transform = TrainTransform((64, 64), scale_range=(scale, scale), flip=0, color_jitter=0)
        for seed in range(10):
            crop, ids = transform(image, mask, seed=seed)
            np.testing.assert_array_equal(ids == 1, (crop[..., 0] > 100) & (ids != 255))


def test_same_seed_same_crop(scene: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = TrainTransform((64, 96)), TrainTransform((64, 96))
    first(*scene, seed=1)  # what came before does not matter
    for seed in (5, 2**64 - 1):
        for one, other in zip(first(*scene, seed=seed), second(*scene, seed=seed), strict=True):
            np.testing.assert_array_equal(one, other)


def test_seeds_give_different_crops(scene: tuple[np.ndarray, np.ndarray]) -> None:
    transform = TrainTransform((64, 96))
    assert len({transform(*scene, seed=seed)[0].tobytes() for seed in range(50)}) == 50


def test_void_is_where_the_picture_ends(scene: tuple[np.ndarray, np.ndarray]) -> None:
    transform = TrainTransform((128, 192), scale_range=(1, 1), color_jitter=0)
    starts = set()
    for seed in range(20):
        image, mask = transform(*scene, seed=seed)
        void = mask == 255
        assert (~void).sum() == 96 * 160
        assert (image[void] == 127).all()
        rows, columns = np.nonzero(~void)
        starts.add((rows.min(), columns.min()))
    assert len(starts) > 10  # the picture does not always lie in one corner


def test_input_scale_enlarges(scene: tuple[np.ndarray, np.ndarray]) -> None:
    transform = TrainTransform(
        (192, 320), input_scale=2, scale_range=(1, 1), flip=0, color_jitter=0
    )
    _, mask = transform(*scene, seed=0)
    np.testing.assert_array_equal(mask, scene[1].repeat(2, axis=0).repeat(2, axis=1))


def test_scales_span_the_range() -> None:
    """A square of 40 pixels is seen between half and twice as large, at all sizes between."""
    image = np.zeros((200, 200, 3), np.uint8)
    mask = np.zeros((200, 200), np.uint8)
    mask[80:120, 80:120] = 1
    transform = TrainTransform((400, 400), flip=0, color_jitter=0)
    sides = [np.sqrt((transform(image, mask, seed=seed)[1] == 1).sum()) / 40 for seed in range(300)]
    assert min(sides) == pytest.approx(0.5, abs=0.05)
    assert max(sides) == pytest.approx(2.0, abs=0.05)
    assert np.mean(sides) == pytest.approx(1.25, abs=0.08)


@pytest.mark.parametrize(("flip", "share"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_flip_has_its_probability(flip: float, share: float) -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    mask = np.zeros((32, 32), np.uint8)
    mask[:, 16:] = 1
    transform = TrainTransform((32, 32), scale_range=(1, 1), flip=flip, color_jitter=0)
    flipped = [transform(image, mask, seed=seed)[1][0, 0] for seed in range(200)]
    assert np.mean(flipped) == pytest.approx(share, abs=0.12)


def test_color_jitter_changes_colours_only(scene: tuple[np.ndarray, np.ndarray]) -> None:
    plain = TrainTransform((64, 96), color_jitter=0)
    strong = TrainTransform((64, 96), color_jitter=0.5)
    for seed in range(5):
        image, mask = plain(*scene, seed=seed)
        changed, same = strong(*scene, seed=seed)
        np.testing.assert_array_equal(mask, same)
        assert not np.array_equal(image, changed)


def test_size_and_brightness_are_independent() -> None:
    """One seed for every transform would make large objects the bright ones."""
    image = np.full((64, 64, 3), 100, np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[24:40, 24:40] = 1
    transform = TrainTransform((128, 128), color_jitter=0.5)
    drawn = []
    for seed in range(300):
        crop, ids = transform(image, mask, seed=seed)
        rows, columns = np.nonzero(ids == 1)
        drawn.append((len(rows), rows.mean(), columns.mean(), crop[ids == 1].mean()))
    correlation = np.corrcoef(np.array(drawn), rowvar=False)
    assert np.abs(correlation[3, :3]).max() < 0.2


def test_the_callers_arrays_stay_as_they_are(scene: tuple[np.ndarray, np.ndarray]) -> None:
    image, mask = scene
    before = image.copy(), mask.copy()
    for array in scene:
        array.flags.writeable = False
    transform = TrainTransform((96, 160), scale_range=(1, 1), flip=0)
    for seed in range(5):
        transform(image, mask, seed=seed)
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(mask, before[1])


def test_a_picture_of_one_pixel_is_enough() -> None:
    crop, ids = TrainTransform((32, 64))(
        np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8), seed=3
    )
    assert crop.shape == (32, 64, 3)
    assert set(ids.ravel().tolist()) <= {0, 255}

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.scenes.canvas import FAR, Canvas
from effunet.scenes.lens import Sensor, develop
from effunet.scenes.light import WEATHERS
from effunet.scenes.textures import TILE, crop_noise, noise_tile, sample_noise
from effunet.scenes.view import Camera

SIZE = (80, 120)
SENSOR = Sensor(softness=0.3, falloff=0.0, balance=(1, 1, 1), lift=0, noise=0)


def _picture(weather: str, *, distance: float = 10.0, emission: float = 0.0) -> NDArray[np.uint8]:
    """A grey card that fills the picture."""
    height, width = SIZE
    canvas = Canvas.blank(2 * height, 2 * width)
    canvas.colour[:] = 100
    canvas.owner[:] = canvas.new_owner(FAR, distance, emission=emission)
    return develop(
        canvas,
        Camera(focal=width, column=width, horizon=height, height=1.5),
        replace(WEATHERS[weather], wetness=0.0, rain=0.0),
        SENSOR,
        rows=(height // 2, np.linspace(60, 2, height - height // 2, dtype=np.float32)),
        lamplight=np.zeros(SIZE, np.uint8),
        rng=np.random.default_rng(0),
    )


def test_near_things_keep_their_colour_by_day() -> None:
    assert _picture("clear", distance=2).mean() == pytest.approx(100, abs=5)


def test_haze_draws_far_things_to_the_colour_of_the_rim() -> None:
    rim = np.array(WEATHERS["fog"].rim)
    near, far = (
        np.abs(_picture("fog", distance=d).mean(axis=(0, 1)) - rim).mean() for d in (5, 150)
    )
    assert far < 0.15 * near


def test_nights_are_dark_but_for_lamps() -> None:
    dark, window = (_picture("night", distance=60, emission=e).mean() for e in (0.0, 0.6))
    assert dark < 0.5 * _picture("clear", distance=60).mean()
    assert window > 60


def test_head_lamps_light_what_is_near() -> None:
    centre = (slice(35, 45), slice(50, 70))
    near, far = (_picture("night", distance=d)[centre].mean() for d in (6.0, 60.0))
    assert near > 2 * far


def test_tiles_repeat_without_a_seam() -> None:
    points = np.linspace(0, 40, 60, dtype=np.float32)[None]
    np.testing.assert_allclose(
        sample_noise(1.0, points, points),
        sample_noise(1.0, points + TILE, points - TILE),
        atol=2e-3,
    )
    tile = noise_tile(1.0)
    seam = np.abs(tile[:, 0] - tile[:, -1]).mean()
    assert seam < 2 * np.abs(np.diff(tile, axis=1)).mean()
    assert tile.std() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("shape", [(20, 30), (TILE + 5, 2 * TILE + 3)])
def test_noise_comes_in_any_size(shape: tuple[int, int]) -> None:
    assert crop_noise(0.0, shape, np.random.default_rng(1)).shape == shape

from dataclasses import replace

import numpy as np
import pytest

from effunet.labels import IGNORE_INDEX, LABEL_SPACES
from effunet.scenes import canvas as classes
from effunet.scenes import paint_scene
from effunet.scenes.light import WEATHERS
from effunet.scenes.places import PLACE_ODDS, PLACES
from effunet.scenes.scene import imagine, paint
from effunet.scenes.things import person, vehicle
from effunet.scenes.view import Spot

SPACE = LABEL_SPACES["idd_lite"]
SMALL = (113, 160)

SANE_SHARES = {
    "drivable": (0.20, 0.50),
    "non-drivable": (0.02, 0.15),
    "living-things": (0.003, 0.04),
    "vehicles": (0.02, 0.15),
    "road-side-objs": (0.02, 0.12),
    "far-objects": (0.15, 0.45),
    "sky": (0.08, 0.32),
}
"""Around those of IDD-Lite's training split, which are 32, 2, 1, 8, 11, 26 and 19 per cent."""


def test_a_seed_is_a_scene() -> None:
    image, mask = paint_scene(7, size=SMALL)
    again, same = paint_scene(7, size=SMALL)
    np.testing.assert_array_equal(image, again)
    np.testing.assert_array_equal(mask, same)
    other, _ = paint_scene(8, size=SMALL)
    assert np.abs(image.astype(int) - other).mean() > 10


def test_other_scenes_leave_no_trace() -> None:
    image, _ = paint_scene(7, size=SMALL)
    for seed in range(3):
        paint_scene(seed, size=(64, 96))
    np.testing.assert_array_equal(paint_scene(7, size=SMALL)[0], image)


@pytest.mark.parametrize("size", [(227, 320), (32, 32), (45, 131), (300, 100)])
def test_pictures_have_the_asked_size(size: tuple[int, int]) -> None:
    for seed in (1, 22):
        image, mask = paint_scene(seed, size=size)
        assert image.shape == (*size, 3)
        assert mask.shape == size
        assert image.dtype == mask.dtype == np.uint8


def test_classes_are_those_of_idd_lite() -> None:
    numbers = [
        classes.DRIVABLE, classes.NON_DRIVABLE, classes.LIVING, classes.VEHICLE,
        classes.ROADSIDE, classes.FAR, classes.SKY,
    ]  # fmt: skip
    assert [SPACE.names[number] for number in numbers] == list(SANE_SHARES)


def test_classes_have_sane_shares() -> None:
    counts = np.array([
        np.bincount(paint_scene(seed, size=SMALL)[1].ravel(), minlength=256) for seed in range(50)
    ])  # fmt: skip
    known = [*range(SPACE.num_classes), IGNORE_INDEX]
    assert counts[:, known].sum() == counts.sum()
    shares = counts.sum(axis=0) / counts.sum()
    for train_id, (name, (least, most)) in enumerate(SANE_SHARES.items()):
        assert least < shares[train_id] < most, name
        assert (counts[:, train_id] > 0).mean() > 0.5, name
    assert shares[IGNORE_INDEX] < 0.03


def test_the_same_scene_at_another_size_has_the_same_mask() -> None:
    for seed in (3, 11, 30):
        _, small = paint_scene(seed, size=(112, 160))
        _, large = paint_scene(seed, size=(224, 320))
        assert (large[1::2, 1::2] == small).mean() > 0.93


def test_the_next_frame_is_the_same_place_farther_on() -> None:
    agreement = {}
    for frame in (1, 3):
        agreement[frame] = np.mean([
            paint_scene(seed, size=SMALL, frame=frame)[1] == paint_scene(seed, size=SMALL)[1]
            for seed in range(6)
        ])  # fmt: skip
    strangers = np.mean([
        paint_scene(seed, size=SMALL)[1] == paint_scene(seed + 1, size=SMALL)[1]
        for seed in range(6)
    ])  # fmt: skip
    assert 1 > agreement[1] > agreement[3] > strangers


def test_whoever_is_nearer_is_seen_before_the_bus() -> None:
    rng = np.random.default_rng(0)
    empty = imagine(9)
    straight_on = empty.course.lateral
    somebody = person(rng, Spot(straight_on, 9.0), rainy=False)
    bus = vehicle(rng, "bus", Spot(straight_on, 20.0))
    size = (227, 320)
    masks = [
        paint(replace(empty, things=things), size=size, frame=0)[1]
        for things in ((somebody,), (somebody, bus), (bus, somebody), (bus,))
    ]
    living = [(mask == classes.LIVING).sum() for mask in masks]
    assert living[0] == living[1] == living[2] > living[3] == 0
    assert (masks[3] == classes.VEHICLE).sum() > (masks[2] == classes.VEHICLE).sum() > 500


def test_sky_is_above_the_road() -> None:
    for seed in range(8):
        _, mask = paint_scene(seed, size=SMALL)
        assert (mask[0] != classes.DRIVABLE).all()
        assert (mask[-1] != classes.SKY).all()


def test_every_weather_and_place_occurs() -> None:
    worlds = [imagine(seed) for seed in range(80)]
    assert {world.light.weather for world in worlds} == set(WEATHERS)
    assert set(PLACE_ODDS) == set(PLACES)
    assert len({world.backdrop for world in worlds}) == 3
    assert len({(world.street.lanes, world.street.marks) for world in worlds}) > 6


def test_pictures_are_neither_black_nor_white() -> None:
    brightness = [paint_scene(seed, size=(64, 96))[0].mean() for seed in range(30)]
    assert min(brightness) > 12
    assert max(brightness) < 225
    assert np.std(brightness) > 15

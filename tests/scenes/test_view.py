from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.scenes.canvas import LIVING, Canvas
from effunet.scenes.light import WEATHERS
from effunet.scenes.stage import Stage
from effunet.scenes.things import person
from effunet.scenes.view import Camera, Course, Spot, View

CAMERA = Camera(focal=600, column=320, horizon=200, height=1.5)
FLAT = Course(lateral=0, heading=0, curvature=0, grade=0, bend=0, reach=150)
COURSES = {
    "flat": FLAT,
    "bend": replace(FLAT, curvature=0.004, heading=0.02),
    "crest": replace(FLAT, grade=0.01, bend=-0.0006),
    "hollow": replace(FLAT, grade=-0.01, bend=0.0006),
}


def _extent(view: View, z: float) -> tuple[int, int]:
    """First and last canvas row of a person at a distance."""
    stage = Stage(Canvas.blank(454, 640), view, WEATHERS["overcast"])
    stage.canvas.new_owner(0, 0.0)
    somebody = person(np.random.default_rng(3), Spot(0.0, z), rainy=False)
    somebody.draw(stage, somebody.spot)
    labels = np.array(stage.canvas.labels)[stage.canvas.owner]
    rows = np.flatnonzero((labels == LIVING).any(axis=1))
    return int(rows[0]), int(rows[-1])


def test_a_point_falls_where_a_pinhole_says() -> None:
    pixel = CAMERA.project(np.array([2.0, 0.5, 10.0], dtype=np.float32))
    np.testing.assert_allclose(pixel, [320 + 120, 200 + 60])


@pytest.mark.parametrize("z", [8.0, 15.0, 25.0])
def test_twice_as_far_is_half_as_tall(z: float) -> None:
    near, far = (_extent(View(CAMERA, FLAT), distance) for distance in (z, 2 * z))
    assert near[1] - near[0] == pytest.approx(2 * (far[1] - far[0]), abs=3)


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_people_stand_on_the_ground(course: Course) -> None:
    view = View(CAMERA, course)
    z = np.float32(20)
    ground = view.ground(np.zeros(1, np.float32), np.array([z]))[0, 1]
    assert _extent(view, 20)[1] == pytest.approx(ground, abs=2)


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_rows_tell_the_distance_of_the_ground(course: Course) -> None:
    view = View(CAMERA, course)
    first, metres = view.rows_to_metres(454)
    rows = view.ground(np.zeros_like(metres), metres)[:, 1]
    np.testing.assert_allclose(rows, np.arange(first, 454), atol=0.3)
    assert (np.diff(metres) < 0).all()


def test_ground_beyond_a_crest_is_out_of_sight() -> None:
    view = View(CAMERA, COURSES["crest"])
    crest = view.course.crest(CAMERA.height)
    z = np.linspace(5, 150, 400, dtype=np.float32)
    rows = view.ground(np.zeros_like(z), z)[:, 1]
    assert z[rows.argmin()] == pytest.approx(crest, abs=1)
    assert crest < COURSES["crest"].reach


def test_turned_round_left_is_right_and_rear_is_front() -> None:
    view = View(CAMERA, FLAT)
    corner: NDArray[np.float32] = np.array([[-1, 0, 2]], dtype=np.float32)
    there = view.locate(corner, Spot(3, 20, yaw=np.pi))
    np.testing.assert_allclose(there, [[4, 0, 18]], atol=1e-5)


def test_what_follows_the_road_stays_in_its_lane() -> None:
    view = View(CAMERA, COURSES["bend"])
    middle = view.locate(np.zeros((1, 3), np.float32), Spot(-1.7, 40))[0]
    on_ground = view.ground(np.array([-1.7], np.float32), np.array([40.0], np.float32))[0]
    np.testing.assert_allclose(view.camera.project(middle), on_ground, atol=1e-3)


@pytest.mark.parametrize(("lateral", "held"), [(0.0, True), (30.0, False), (-30.0, False)])
def test_only_what_is_between_the_edges_is_held(lateral: float, held: bool) -> None:
    assert View(CAMERA, FLAT).holds(Spot(lateral, 20), half_width=1, half_length=1) is held

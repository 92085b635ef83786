from dataclasses import replace

import numpy as np
import pytest

from effunet.scenes.canvas import FAR, VEHICLE, Canvas, fixed_point
from effunet.scenes.light import WEATHERS
from effunet.scenes.stage import Stage, Thing, cast_shadows, lamp_light
from effunet.scenes.things import building, tree, upright, vehicle
from effunet.scenes.things.bodies import body
from effunet.scenes.view import Camera, Course, Spot, View

VIEW = View(
    Camera(focal=600, column=320, horizon=200, height=1.5),
    Course(lateral=0, heading=0, curvature=0, grade=0, bend=0, reach=150),
)


def _stage(weather: str = "clear") -> Stage:
    stage = Stage(Canvas.blank(454, 640), VIEW, WEATHERS[weather])
    stage.canvas.new_owner(6, 0.0)
    return stage


def _painted(things: list[Thing]) -> Canvas:
    stage = _stage()
    for thing in sorted(things, key=lambda thing: thing.order, reverse=True):
        thing.draw(stage, thing.spot)
    return stage.canvas


def _car(spot: Spot, seed: int = 0) -> Thing:
    return vehicle(np.random.default_rng(seed), "sedan", spot)


def test_the_nearer_thing_hides_the_farther() -> None:
    near, far = _car(Spot(0, 10)), _car(Spot(0.5, 16), seed=1)
    alone, both = _painted([near]), _painted([far, near])
    mine = alone.owner > 0
    assert mine.sum() > 5000
    assert set(np.array(both.distances)[both.owner[mine]].tolist()) == {10.0}
    np.testing.assert_array_equal(both.colour[mine], alone.colour[mine])


def test_what_is_parked_before_a_long_wall_is_seen() -> None:
    rng = np.random.default_rng(4)
    wall = building(rng, "shed", side=0, frontage=-6, z=4, dark=False)
    car = _car(Spot(-4.5, 10))
    both = _painted([car, wall])
    labels = np.array(both.labels)[both.owner]
    assert (labels == VEHICLE).sum() == (_painted([car]).owner > 0).sum()
    assert (labels == FAR).any()


def test_details_take_no_pixels_from_their_thing() -> None:
    canvas = _painted([_car(Spot(0, 12))])
    assert set(np.array(canvas.labels)[canvas.owner].ravel().tolist()) == {6, VEHICLE}


@pytest.mark.parametrize(
    ("yaw", "lamps", "hidden"), [(0.0, "tail", "head"), (np.pi, "head", "tail")]
)
def test_a_car_shows_its_back_or_its_front(yaw: float, lamps: str, hidden: str) -> None:
    mesh = body("sedan").mesh
    glow = {patch.material: patch.emission for patch in mesh.patches if patch.emission}
    canvas = _painted([_car(Spot(0, 10, yaw=yaw))])
    seen = set(np.array(canvas.emissions)[canvas.owner].ravel().tolist())
    assert glow[lamps] in seen
    assert glow[hidden] not in seen


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_pixel_belongs_to_what_was_painted_last_in_it(place: tuple[int, int]) -> None:
    canvas = Canvas.blank(4, 6)
    canvas.owner[:] = 1
    canvas.owner[2:, 4:][place] = 2
    np.testing.assert_array_equal(canvas.owners(), [[1, 1, 1], [1, 1, 2]])


def test_a_thin_pole_has_no_gaps_in_the_mask() -> None:
    pole = upright(np.random.default_rng(0), "pole", Spot(1.0, 80))
    canvas = _painted([pole])
    owners = canvas.owners() > 0
    rows = np.flatnonzero(owners.any(axis=1))
    assert len(rows) > 15
    assert (np.diff(rows) == 1).all()


def test_a_stencil_beyond_the_edge_is_cut_off() -> None:
    for lateral in (-8, 8):
        canvas = _painted([tree(np.random.default_rng(0), Spot(lateral, 14))])
        assert (canvas.owner > 0).any()
    canvas = Canvas.blank(20, 20)
    stencil = np.full((8, 8, 2), 255, dtype=np.uint8)
    canvas.new_owner(6, 0.0)
    owner = canvas.new_owner(FAR, 1.0)
    canvas.stamp(stencil, (-10.0, -10.0, 10.0, 10.0), np.zeros((256, 3), np.uint8), owner)
    assert canvas.owner[:9, :9].all()
    assert not canvas.owner[12:].any()


@pytest.mark.parametrize("weather", ["clear", "overcast"])
def test_ground_is_darker_beneath_things(weather: str) -> None:
    stage = _stage(weather)
    light = cast_shadows(stage, [_car(Spot(0, 10))], (227, 320))
    column, row = VIEW.ground(np.zeros(1, np.float32), np.array([10.0], np.float32))[0] / 2
    assert light[int(row), int(column)] < 150
    assert light[226, 5] == 255
    assert (light < 200).sum() > (0 if weather == "overcast" else 800)


def test_shadows_fall_away_from_the_sun() -> None:
    stage = _stage()
    light = replace(stage.light, azimuth=np.pi / 2, altitude=0.7)  # the sun is to the right
    shadow = cast_shadows(replace(stage, light=light), [_car(Spot(0, 12))], (227, 320))
    assert (shadow[:, :140] < 200).sum() > 2 * (shadow[:, 180:] < 200).sum()


def test_street_lamps_shine_at_night_only() -> None:
    rng = np.random.default_rng(0)
    lamp = upright(rng, "lamp", Spot(-3, 15), dark=True)
    assert lamp_light(_stage("night"), [lamp], (227, 320)).max() > 100
    assert not lamp_light(_stage("clear"), [lamp], (227, 320)).any()


def test_time_and_the_drive_move_things() -> None:
    car = replace(_car(Spot(0, 30)), speed=6.0)
    assert car.after(2.0, driven=18.0).spot.z == 30 + 12 - 18
    assert car.after(0.0, driven=0.0) is car


def test_faces_turned_to_the_sun_are_brighter() -> None:
    light = replace(WEATHERS["clear"], azimuth=0.0, altitude=0.5)
    ahead, behind = np.array([[0, 0, 1], [0, 0, -1]], dtype=np.float32)
    assert light.shade(ahead[None]).mean() > light.shade(behind[None]).mean() + 0.2
    np.testing.assert_allclose(
        light.shade(ahead[None], yaw=np.pi), light.shade(behind[None]), atol=1e-6
    )


def test_fixed_point_holds_far_corners() -> None:
    assert np.abs(fixed_point(np.array([[1e30, -1e30]], dtype=np.float32))).max() < 2**31 - 1

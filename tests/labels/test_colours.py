import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.labels import LABEL_SPACES, class_colours
from effunet.labels.colours import _perceived

CITYSCAPES = LABEL_SPACES["cityscapes"]
KNOWN = dict(zip(CITYSCAPES.names, CITYSCAPES.palette, strict=True))


def _differences(colours: list[tuple[int, int, int]]) -> NDArray[np.float64]:
    """Of each colour to each other, to the eye; to itself far."""
    places = _perceived(np.array(colours))
    between: NDArray[np.float64] = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(between, np.inf)
    return between


def test_classes_of_cityscapes_have_its_colours_in_any_order() -> None:
    names = CITYSCAPES.names[::-1]
    assert class_colours(names) == tuple(KNOWN[name] for name in names)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Sidewalks", "sidewalk"),
        ("PAVEMENT", "sidewalk"),
        ("Buses", "bus"),
        ("bus", "bus"),
        ("Traffic_Lights", "traffic light"),
        ("traffic-sign", "traffic sign"),
        ("trafficSign", "traffic sign"),
        ("pedestrians", "person"),
        ("lorries", "truck"),
        ("trees", "vegetation"),
        ("bikes", "bicycle"),
        ("motorbike", "motorcycle"),
        ("Drivable Area", "road"),
    ],
)
def test_a_class_is_known_however_it_is_written(written: str, meant: str) -> None:
    assert class_colours(["pothole", written])[1] == KNOWN[meant]


def test_of_two_classes_with_one_colour_the_commoner_name_has_it() -> None:
    palette = dict(zip(names := ("tree", "vegetation", "Trees"), class_colours(names), strict=True))
    assert palette["vegetation"] == KNOWN["vegetation"]
    assert len(set(palette.values())) == 3


@pytest.mark.parametrize("names", [("car", "cars"), ("Rust", "rust"), ("Carpet", "skyline")])
def test_no_two_classes_are_alike(names: tuple[str, ...]) -> None:
    assert len(set(class_colours(names))) == len(names)
    assert _differences(list(class_colours(names))).min() > 0.2


def test_a_word_that_holds_a_known_one_is_another_class() -> None:
    assert KNOWN["car"] not in class_colours(["carpet", "carbon", "cart"])


@pytest.mark.parametrize(("count", "least"), [(3, 0.5), (30, 0.2), (255, 0.08)])
def test_unknown_classes_lie_far_apart_and_far_from_black_and_white(
    count: int, least: float
) -> None:
    colours = list(class_colours([f"class {index}" for index in range(count)]))
    assert _differences([*colours, (0, 0, 0), (255, 255, 255)]).min() > least


def test_unknown_classes_keep_away_from_known_ones() -> None:
    names = [*CITYSCAPES.names, *(f"class {index}" for index in range(11))]
    between = _differences(list(class_colours(names)))
    assert between[len(CITYSCAPES.names) :].min() > 0.2


def test_a_colour_stays_where_classes_are_added() -> None:
    few, many = class_colours(["a", "b", "c"]), class_colours(["a", "b", "c", "d", "e"])
    assert many[:3] == few


def test_difference_is_that_of_oklab_as_browsers_compute_it() -> None:
    places = _perceived(np.array([(255, 0, 0), (255, 255, 255), (0, 0, 0)])) / (1, 2, 2)
    expected = [(0.62796, 0.22486, 0.12585), (1, 0, 0), (0, 0, 0)]
    np.testing.assert_allclose(places, expected, atol=1e-4)

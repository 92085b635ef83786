from dataclasses import replace

import numpy as np
import pytest

from effunet.scenes.places import PLACES, Place
from effunet.scenes.street import BIN, EXTENT, Side, Street, lay_street
from effunet.scenes.surfaces import SURFACE_LABELS, Surface

SIDE = Side(shoulder=1.0, kerb=True, pavement=2.0, beyond=Surface.GRASS)
STREET = Street(
    lane=3.5,
    lanes=(2, 1),
    median=0.0,
    sides=(SIDE, SIDE),
    marks="dashed",
    edge_lines=False,
    striped_kerb=False,
    colours={},
    junctions=((40.0, 50.0),),
    zebras=((35.0, 38.0),),
)


def _surface(street: Street, lateral: float, z: float) -> Surface:
    state = street.states(np.array([z], dtype=np.float32))[0]
    return Surface(int(street.table()[state, int((lateral + EXTENT) / BIN)]))


@pytest.mark.parametrize(
    ("lateral", "surface"),
    [
        (-5.0, Surface.ASPHALT),
        (-7.5, Surface.SHOULDER),
        (-8.1, Surface.KERB),
        (-9.5, Surface.PAVING),
        (-20.0, Surface.GRASS),
        (3.0, Surface.ASPHALT),
        (4.0, Surface.SHOULDER),
        (4.6, Surface.KERB),
        (20.0, Surface.GRASS),
    ],
)
def test_surfaces_lie_side_by_side(lateral: float, surface: Surface) -> None:
    assert _surface(STREET, lateral, 10.3) is surface


def test_the_middle_is_dashed() -> None:
    z = np.linspace(0, 30, 400)
    white = [_surface(STREET, 0.0, float(at)) is Surface.WHITE for at in z]
    assert np.mean(white) == pytest.approx(3.0 / 7.5, abs=0.03)


def test_side_roads_have_neither_kerb_nor_marks() -> None:
    state = STREET.states(np.array([45.0], dtype=np.float32))[0]
    assert set(STREET.table()[state].tolist()) == {Surface.ASPHALT}


def test_a_zebra_crosses_the_carriageway_only() -> None:
    lateral = np.arange(-7, 3.5, 0.04)
    marks = [_surface(STREET, float(at), 36.0) is Surface.WHITE for at in lateral]
    assert 0.3 < np.mean(marks) < 0.6
    assert _surface(STREET, -9.5, 36.0) is Surface.PAVING


def test_driving_on_moves_everything_nearer() -> None:
    z = np.linspace(2, 80, 300, dtype=np.float32)
    np.testing.assert_array_equal(
        STREET.driven(6.25).states(z)[z < 14 - 6.25], STREET.states(z + 6.25)[z < 14 - 6.25]
    )
    assert STREET.driven(10).crosses(35)
    assert not STREET.driven(10).crosses(45)


def test_a_median_divides_the_directions() -> None:
    street = replace(STREET, median=2.0)
    assert SURFACE_LABELS[_surface(street, 0.0, 10.3)] == 1
    assert street.edge(0) == -8.0


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_every_place_has_roads_one_can_drive_on(place: Place) -> None:
    for seed in range(20):
        street = lay_street(np.random.default_rng(seed), place)
        assert 2.0 < street.lane < 4.0
        assert street.verge(0) <= street.kerb(0) <= street.edge(0) < 0
        assert 0 < street.edge(1) <= street.kerb(1) <= street.verge(1)

import numpy as np
import pytest

from effunet.scenes.mesh import (
    Patch,
    Section,
    assemble,
    block,
    cutout,
    merged,
    on_wall,
    rectangles,
    walls,
)
from effunet.scenes.things.bodies import _BODIES, body

KINDS = tuple(_BODIES)


def test_normals_point_outwards() -> None:
    patches = block((-1, 2), (0, 3), (-4, 1), "paint")
    mesh = assemble(patches)
    centre = np.array((0.5, 1.5, -1.5))
    outwards = [patch.polygons[0].mean(axis=0) - centre for patch in patches]
    assert all(normal @ out > 0 for normal, out in zip(mesh.normals, outwards, strict=True))
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, rtol=1e-5)


def test_details_lie_on_their_wall() -> None:
    wall = walls(Section(0, 1, 0, 4), Section(2, 1, 0, 4))["right"]
    expected = np.array([(1, 0, 0), (1, 2, 4), (1, 0.5, 2)])
    np.testing.assert_allclose(on_wall(wall, [(0, 0), (1, 1), (0.5, 0.25)]), expected)
    assert not rectangles(wall, [(0, 0, 1, 1)], "glass").solid


def test_the_patches_vertices_are_found_again() -> None:
    patches = [
        cutout([(0, 0), (1, 0), (1, 2)], "a"),
        Patch(np.arange(24, dtype=np.float32).reshape(2, 4, 3), "b"),
    ]
    mesh = assemble(patches)
    for index, patch in enumerate(patches):
        start = mesh.starts[index]
        count = patch.polygons.shape[0] * patch.polygons.shape[1]
        np.testing.assert_array_equal(
            mesh.vertices[start : start + count], patch.polygons.reshape(-1, 3)
        )
        np.testing.assert_array_equal(mesh.vertices[mesh.ends[index]], patch.polygons[0, -1])
        assert mesh.materials[mesh.material[index]] == patch.material


def test_merging_keeps_every_polygon() -> None:
    posts = [patch for z in range(5) for patch in block((0, 0.1), (0, 1), (z, z + 0.1), "steel")]
    together = merged(posts)
    assert len(together) == 5  # four walls and a lid
    assert sum(len(patch.polygons) for patch in together) == len(posts)


@pytest.mark.parametrize("kind", KINDS)
def test_vehicles_have_their_measures_and_stand_on_their_wheels(kind: str) -> None:
    form = body(kind)
    low, high = form.mesh.vertices.min(axis=0), form.mesh.vertices.max(axis=0)
    # Wheels stand out a centimetre, corrugated boards hang over by a hand's breadth.
    np.testing.assert_allclose(high[0], form.half_width, atol=0.1)
    np.testing.assert_allclose(-low[2], form.half_length, atol=0.1)
    np.testing.assert_allclose(high[1], form.height, atol=0.1)
    assert low[1] == pytest.approx(0, abs=0.05)
    assert 1.2 < form.height < 3.5
    assert 2 < 2 * form.half_length < 12

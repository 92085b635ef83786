"""Where the camera is, how the road runs, and which pixel a point of the scene falls on.

Lengths are metres: x to the right, y up, z ahead of the camera. The *lateral* of a point is its
distance from the centre line of the road, whose course is the same parabola however far one has
driven, so that a drive is told by moving everything that stands along it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEAREST = 0.5
"""Points nearer than this are moved to it: what is beside or behind the lens has no picture."""


@dataclass(frozen=True)
class Camera:
    """A pinhole without roll; its rows and columns are those of the canvas."""

    focal: float
    """Focal length in pixels."""
    column: float
    """Column the camera looks along."""
    horizon: float
    """Row of the horizon."""
    height: float
    """Metres above the road."""

    def project(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(..., 3)`` metres → ``(..., 2)`` column and row."""
        scale = self.focal / np.maximum(points[..., 2], NEAREST)
        pixels = np.empty((*points.shape[:-1], 2), dtype=np.float32)
        pixels[..., 0] = self.column + points[..., 0] * scale
        pixels[..., 1] = self.horizon + (self.height - points[..., 1]) * scale
        return pixels


@dataclass(frozen=True)
class Course:
    """How the road runs ahead of the camera."""

    lateral: float
    """Where the camera stands from the centre line, in metres; negative is left."""
    heading: float
    """Radians from the optical axis to the road."""
    curvature: float
    """One over the radius in metres; positive turns right."""
    grade: float
    """Rise over run at the camera."""
    bend: float
    """Change of the grade in a metre; negative is a crest, positive a hollow."""
    reach: float
    """Metres of road that are painted at most."""

    def centre(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """x of the centre line."""
        return (self.curvature / 2 * z + self.heading) * z - self.lateral

    def elevation(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """y of the ground."""
        return (self.bend / 2 * z + self.grade) * z

    def crest(self, camera_height: float) -> float:
        """How far the ground is seen: to the crest, if the reach goes beyond it.

        The line of sight grazes the parabola where the height above it equals ``-bend z² / 2``.
        """
        if self.bend >= 0:
            return self.reach
        return min(self.reach, math.sqrt(-2 * camera_height / self.bend))


@dataclass(frozen=True)
class Spot:
    """Where a thing stands and how it is turned and scaled."""

    lateral: float
    z: float
    yaw: float = 0.0
    """Radians; 0 shows its back, π its front, π/2 drives to the right."""
    scale: float = 1.0


@dataclass(frozen=True)
class View:
    """Camera and course together."""

    camera: Camera
    course: Course

    def locate(self, vertices: NDArray[np.float32], spot: Spot) -> NDArray[np.float32]:
        """A thing's own ``(n, 3)`` metres → the scene's, following the road's bends and slopes."""
        sine, cosine = spot.scale * math.sin(spot.yaw), spot.scale * math.cos(spot.yaw)
        x, y, z = vertices[:, 0], vertices[:, 1], vertices[:, 2]
        points = np.empty_like(vertices)
        ahead = points[:, 2]
        ahead[:] = cosine * z - sine * x + spot.z
        points[:, 0] = cosine * x + sine * z + self.course.centre(ahead) + spot.lateral
        points[:, 1] = spot.scale * y + self.course.elevation(ahead)
        return points

    def holds(self, spot: Spot, *, half_width: float, half_length: float) -> bool:
        """Whether anything of these extents at a spot may lie between the picture's edges."""
        far = spot.z + half_length
        course = self.course
        x = spot.lateral - course.lateral + (course.curvature / 2 * far + course.heading) * far
        widest = self.camera.column / self.camera.focal * 1.15  # the camera may look off centre
        bow = abs(course.curvature) * half_length * far
        return far > NEAREST and abs(x) - half_width - bow < widest * far + 1

    def ground(self, lateral: NDArray[np.float32], z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points on the ground → ``(..., 2)`` column and row."""
        points = np.stack((lateral + self.course.centre(z), self.course.elevation(z), z), axis=-1)
        return self.camera.project(points)

    def rows_to_metres(self, rows: int) -> tuple[int, NDArray[np.float32]]:
        """First row that shows ground, and the distance of the ground in it and every row below."""
        crest = self.course.crest(self.camera.height)
        z: NDArray[np.float32] = np.geomspace(NEAREST, crest, 256).astype(np.float32)
        seen_at = self.ground(np.zeros_like(z), z)[:, 1]
        first = min(max(math.ceil(seen_at[-1]), 0), rows)
        distance = 1 / np.interp(np.arange(first, rows), seen_at[::-1], 1 / z[::-1])
        return first, distance.astype(np.float32)

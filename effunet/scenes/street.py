"""The road's cross-section, and what lies on it where: a table of surfaces.

A row of the picture shows one distance, a column of the table one lateral. What changes along the
road (dashes, kerb stones, crossings) picks the row's line of the table; so the whole ground is
painted by looking up one number a pixel, exactly and at any curvature and slope.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .canvas import Colour
from .dice import pick, pick_weighted
from .places import Place
from .surfaces import Surface, choose_colours

BIN = 0.04
"""Metres of a column of the table."""
EXTENT = 48.0
"""Metres the table reaches to either side; beyond it everything is as at its end."""
KERB_WIDTH = 0.35
_MARK = 0.15
_JOINT_WIDTH = 0.05
_SLAB = 0.7
_NARROW = 0.7  # share of the kerbed roads without a shoulder
_JOINTS_TO = 14.0  # farther off the joints between slabs are finer than a pixel


@dataclass(frozen=True)
class Side:
    """What lies beside the carriageway, outwards."""

    shoulder: float
    """Metres of beaten earth on which one may drive."""
    kerb: bool
    pavement: float
    """Metres of paving behind the kerb."""
    beyond: Surface
    """The ground farther out."""

    @property
    def width(self) -> float:
        """Metres from the carriageway to the ground beyond."""
        return self.shoulder + KERB_WIDTH * self.kerb + self.pavement


@dataclass(frozen=True)
class Street:
    """A road's cross-section and what recurs along it."""

    lane: float
    """Width of a lane in metres."""
    lanes: tuple[int, int]
    """Lanes to the left and to the right of the centre line; one drives on the left."""
    median: float
    """Width of a kerbed strip in the middle; 0 is none."""
    sides: tuple[Side, Side]
    marks: str
    """``dashed``, ``solid``, ``double`` or ``none``: the centre line."""
    edge_lines: bool
    striped_kerb: bool
    colours: dict[Surface, Colour]
    dash: tuple[float, float] = (3.0, 4.5)
    """Metres of line and of gap."""
    junctions: tuple[tuple[float, float], ...] = ()
    """From where to where roads cross."""
    zebras: tuple[tuple[float, float], ...] = ()
    phase: float = 0.0
    """Metres driven since a dash began."""
    median_surface: Surface = field(default=Surface.GRASS)

    def driven(self, metres: float) -> "Street":
        """The street from a camera that has driven on."""
        return replace(
            self,
            phase=self.phase + metres,
            junctions=tuple((start - metres, end - metres) for start, end in self.junctions),
            zebras=tuple((start - metres, end - metres) for start, end in self.zebras),
        )

    def edge(self, side: int) -> float:
        """Lateral of the carriageway's edge: side 0 is left, 1 right."""
        width = self.lanes[side] * self.lane + self.median / 2
        return width if side else -width

    def verge(self, side: int) -> float:
        """Lateral where shoulder, kerb and pavement end."""
        outward = self.edge(side)
        return outward + (self.sides[side].width if side else -self.sides[side].width)

    def kerb(self, side: int) -> float:
        """Lateral of the outer edge of the kerb, where people stand."""
        width = self.sides[side].shoulder + KERB_WIDTH * self.sides[side].kerb
        return self.edge(side) + (width if side else -width)

    def crosses(self, z: float, *, margin: float = 0.0) -> bool:
        """Whether a side road lies at this distance."""
        return any(start - margin < z < end + margin for start, end in self.junctions)

    def table(self) -> NDArray[np.uint8]:
        """``(24, bins)`` surfaces: a line for each of the states of :meth:`states`."""
        lines = [
            self._line(dash=dash, dark=dark, joint=joint, mode=mode)
            for mode in ("open", "junction", "zebra")
            for joint in (False, True)
            for dark in (False, True)
            for dash in (False, True)
        ]
        return np.array(lines, dtype=np.uint8)

    def states(self, z: NDArray[np.float32]) -> NDArray[np.int32]:
        """Which line of the table shows the road at each distance."""
        along = z + self.phase
        dash = np.mod(along, sum(self.dash)) < self.dash[0]
        dark = np.mod(along, 2.0) < 1.0 if self.striped_kerb else np.zeros_like(dash)
        joint = (np.mod(along, _SLAB) < _JOINT_WIDTH) & (z < _JOINTS_TO)
        state: NDArray[np.int32] = (dash + 2 * dark + 4 * joint).astype(np.int32)
        for start, end in self.junctions:
            state[(z > start) & (z < end)] = 8
        for start, end in self.zebras:
            state[(z > start) & (z < end)] = 16 + state[(z > start) & (z < end)] % 8
        return state

    def _line(self, *, dash: bool, dark: bool, joint: bool, mode: str) -> NDArray[np.uint8]:
        line = np.full(int(2 * EXTENT / BIN), Surface.ASPHALT, dtype=np.uint8)
        if mode == "junction":
            return line
        paving = Surface.JOINT if joint else Surface.PAVING
        kerb = Surface.KERB_DARK if dark else Surface.KERB
        for side, sign in ((0, -1), (1, 1)):
            form, at = self.sides[side], self.edge(side)
            _paint(line, at, sign * EXTENT, Surface.SHOULDER)
            at += sign * form.shoulder
            if form.kerb:
                _paint(line, at, at + sign * KERB_WIDTH, kerb)
                at += sign * KERB_WIDTH
            if form.pavement:
                _paint(line, at, at + sign * form.pavement, paving)
                for slab in np.arange(_SLAB, form.pavement, _SLAB):
                    start = at + sign * float(slab)
                    _paint(line, start, start + sign * _JOINT_WIDTH, Surface.JOINT)
                at += sign * form.pavement
            _paint(line, at, sign * EXTENT, form.beyond)
        if mode == "zebra":
            for start in np.arange(self.edge(0) + 0.4, self.edge(1) - 0.5, 1.1):
                _paint(line, float(start), float(start) + 0.55, Surface.WHITE)
        else:
            self._marks(line, dash=dash)
        if self.median:
            half = self.median / 2
            _paint(line, -half, half, kerb)
            _paint(line, KERB_WIDTH - half, half - KERB_WIDTH, self.median_surface)
        return line

    def _marks(self, line: NDArray[np.uint8], *, dash: bool) -> None:
        if self.marks == "none":
            return
        if self.edge_lines:
            for side, sign in ((0, 1), (1, -1)):
                at = self.edge(side) + sign * 0.25
                _paint(line, at, at + sign * _MARK, Surface.WHITE)
        for side, sign in ((0, -1), (1, 1)):
            for number in range(1, self.lanes[side]):
                at = sign * (self.median / 2 + number * self.lane)
                if dash:
                    _paint(line, at - _MARK / 2, at + _MARK / 2, Surface.WHITE)
        centre = Surface.YELLOW if self.marks == "double" else Surface.WHITE
        if self.median or (self.marks == "dashed" and not dash):
            return
        if self.marks == "double":
            _paint(line, -0.25, -0.1, centre)
            _paint(line, 0.1, 0.25, centre)
        else:
            _paint(line, -_MARK / 2, _MARK / 2, centre)


def _paint(line: NDArray[np.uint8], start: float, end: float, surface: Surface) -> None:
    first, last = sorted((round((start + EXTENT) / BIN), round((end + EXTENT) / BIN)))
    line[max(first, 0) : max(last, 0)] = surface


def lay_street(rng: np.random.Generator, place: Place) -> Street:
    """A road such as this place has."""
    lanes = pick(rng, place.lanes)
    kerb = rng.random() < place.kerb
    form = Side(
        shoulder=0.0 if kerb and rng.random() < _NARROW else rng.uniform(*place.shoulder),
        kerb=kerb,
        pavement=rng.uniform(*place.pavement) if kerb else 0.0,
        beyond=pick_weighted(rng, place.beyond),
    )
    striped = rng.random() < place.striped
    junctions, zebras = _crossings(rng, place)
    return Street(
        lane=rng.uniform(*place.lane),
        lanes=(lanes, lanes),
        median=rng.uniform(0.7, 3.2) if rng.random() < place.median else 0.0,
        sides=(form, replace(form, beyond=pick_weighted(rng, place.beyond))),
        marks=pick_weighted(rng, place.marks),
        edge_lines=rng.random() < 0.5,
        striped_kerb=striped,
        colours=choose_colours(rng, striped=striped),
        junctions=junctions,
        zebras=zebras,
        median_surface=pick(rng, (Surface.GRASS, Surface.PAVING, Surface.EARTH)),
    )


def _crossings(
    rng: np.random.Generator, place: Place
) -> tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]:
    """Where side roads cross, with a zebra before some of them."""
    if rng.random() >= place.junctions:
        return (), ()
    start = rng.uniform(14, 90)
    junction = (start, start + rng.uniform(7, 13))
    if rng.random() < 0.55:
        return (junction,), ((start - 5.5, start - 2.0),)
    return (junction,), ()

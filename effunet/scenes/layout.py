"""Where everything stands: frontages, trees, lamps, traffic and people along a road."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from .canvas import Colour
from .dice import pick, pick_weighted
from .places import Place
from .stage import Thing
from .street import Street
from .things import (
    RUN_LENGTH,
    animal,
    building,
    flyover,
    gantry,
    hedge,
    motorbike,
    palm,
    person,
    run,
    run_colours,
    stall,
    tree,
    upright,
    vehicle,
    wires,
)
from .view import Spot

FARTHEST = 140.0
"""Metres of road along which things stand."""
_BUILDINGS = ("flats", "shophouse", "office", "house", "shed")
_SIGNS = (
    "round sign",
    "warning",
    "blue sign",
    "board",
    "signal",
    "green signal",
    "bin",
    "hydrant",
    "cone",
)
_POLES = ("utility", "pole")
_TREE_PIT = 1.2  # metres of a median that let a tree stand
_LEFT, _RIGHT = 0, 1
_THINNING = 60.0  # metres: as far off as this, half of what stands there is painted
_CROWD_THINNING = 25.0  # and half of the people, of whom the far ones are specks


class Layout:
    """Everything along one road, drawn from one generator."""

    def __init__(
        self,
        rng: np.random.Generator,
        place: Place,
        street: Street,
        *,
        lateral: float,
        dark: bool,
        rainy: bool,
    ) -> None:
        """Remember the road.

        Args:
            rng: Decides everything.
            place: Odds.
            street: Cross-section.
            lateral: Where the camera drives.
            dark: Whether lamps and windows are lit.
            rainy: Whether people carry umbrellas.
        """
        self.rng, self.place, self.street = rng, place, street
        self.lateral, self.dark, self.rainy = lateral, dark, rainy

    def things(self) -> list[Thing]:
        """All of it, in no particular order."""
        return [
            *self._frontage(_LEFT),
            *self._frontage(_RIGHT),
            *self._roadside(_LEFT),
            *self._roadside(_RIGHT),
            *self._median(),
            *self._overhead(),
            *self._traffic(),
            *self._parked(),
            *self._crowd(),
        ]

    def _outward(self, side: int, metres: float) -> float:
        return self.street.verge(side) + (metres if side else -metres)

    def _spread(
        self, rate: float, *, start: float = 4.0, thinning: float = _THINNING
    ) -> Iterator[float]:
        """Distances of things of which ``rate`` stand in 100 m, away from side roads."""
        if rate <= 0:
            return
        gap = 100 / rate
        z = start + self.rng.uniform(0, gap)
        while z < FARTHEST:
            if not self.street.crosses(z, margin=1.0):
                yield z
            z += gap * self.rng.uniform(0.45, 1.55) * (1 + z / thinning)

    def _frontage(self, side: int) -> Iterator[Thing]:
        """Whatever lines the road on a side, end to end."""
        rng, z = self.rng, -float(self.rng.uniform(0, 12))
        colours = run_colours(rng)
        setback = rng.uniform(*self.place.setback)
        kind = pick_weighted(rng, self.place.frontage)
        while z < FARTHEST:
            if self.street.crosses(z + 1, margin=2):
                z += 2.0
                continue
            if rng.random() < 0.6:  # like stands beside like
                kind = pick_weighted(rng, self.place.frontage)
            lateral = self._outward(side, setback + rng.uniform(0, 0.4))
            if kind in _BUILDINGS:
                thing = building(rng, kind, side=side, frontage=lateral, z=z, dark=self.dark)
                if not self.street.crosses(z + 2 * thing.half_length, margin=1):
                    yield thing
                z += 2 * thing.half_length + (rng.uniform(0.2, 5) if rng.random() < 0.5 else 0.1)
            else:
                yield from self._stretch(kind, side, lateral, z, colours)
                z += RUN_LENGTH

    def _stretch(
        self, kind: str, side: int, lateral: float, z: float, colours: tuple[Colour, Colour, Colour]
    ) -> Iterator[Thing]:
        """Eight metres of something that is no building."""
        rng, middle = self.rng, z + RUN_LENGTH / 2
        if kind in ("wall", "hoarding", "railing"):
            yield run(kind, Spot(lateral, middle), colours=colours)
            if rng.random() < 0.5:  # and something that looks over it
                far = lateral + (5 if side else -5)
                yield tree(rng, Spot(far, middle + 4))
        elif kind == "hedge":
            yield hedge(rng, Spot(lateral, middle), length=RUN_LENGTH)
        elif kind in ("trees", "bushes"):
            for _ in range(int(rng.integers(1, 4))):
                out = lateral + rng.uniform(0.5, 9) * (1 if side else -1)
                form = "bush" if kind == "bushes" else pick(rng, ("crown", "crown", "cone", "bush"))
                yield tree(rng, Spot(out, z + rng.uniform(0, RUN_LENGTH)), kind=form)

    def _roadside(self, side: int) -> Iterator[Thing]:
        """What stands in rows between road and frontage, from the kerb outwards."""
        rng, place = self.rng, self.place
        kerb, out = self.street.kerb(side), (1 if side else -1)
        arm = math.pi if side else 0.0

        def beside(z: float, low: float, high: float, *, yaw: float = 0.0) -> Spot:
            return Spot(kerb + out * rng.uniform(low, high), z, yaw=yaw)

        def hawker(z: float) -> Spot:
            return Spot(self._outward(side, -rng.uniform(0.2, 0.9)), z, yaw=math.pi / 2)

        rows: list[tuple[float, Callable[[float], Thing]]] = [
            (
                place.lamps,
                lambda z: upright(rng, "lamp", beside(z, 0.4, 0.41, yaw=arm), dark=self.dark),
            ),
            (place.trees, lambda z: tree(rng, beside(z, 1.0, 1.8))),
            (place.palms, lambda z: palm(rng, beside(z, 1.2, 5))),
            (place.poles, lambda z: upright(rng, pick(rng, _POLES), beside(z, 0.4, 1.2))),
            (place.signs, lambda z: upright(rng, pick(rng, _SIGNS), beside(z, 0.3, 0.9))),
            (place.stalls, lambda z: stall(rng, hawker(z))),
            (place.billboards, lambda z: upright(rng, "billboard", beside(z + 8, 6, 10))),
        ]
        for rate, stand in rows:
            for z in self._spread(rate):
                yield stand(z)
        if rng.random() < 0.25 * place.poles:
            spacing = rng.uniform(25, 45)
            yield wires(rng, lateral=kerb + out * 0.8, spacing=spacing, reach=FARTHEST)
        if rng.random() < place.rail:
            yield from self._barrier(pick(rng, ("rail", "railing", "parapet")), kerb + out * 0.3)

    def _barrier(self, kind: str, lateral: float) -> Iterator[Thing]:
        """A fence all along the road, open where side roads cross."""
        colours = run_colours(self.rng)
        half = RUN_LENGTH / 2
        for z in np.arange(half - 2, FARTHEST, RUN_LENGTH).tolist():
            if not self.street.crosses(z, margin=half):
                yield run(kind, Spot(lateral, z), colours=colours)

    def _median(self) -> Iterator[Thing]:
        rng, width = self.rng, self.street.median
        if not width:
            return
        kind = pick(rng, ("rail", "railing", "bushes", "lamps", "trees", "none"))
        if kind in ("rail", "railing"):
            yield from self._barrier(kind, 0.0)
        rates = {"bushes": 22.0, "lamps": 3.0, "trees": 5.0}
        for z in self._spread(rates.get(kind, 0.0)):
            if kind == "lamps":
                yield upright(rng, "double lamp", Spot(0.0, z), dark=self.dark)
            else:
                narrow = kind == "bushes" or width < _TREE_PIT
                yield tree(rng, Spot(0.0, z), kind="bush" if narrow else "crown")

    def _overhead(self) -> Iterator[Thing]:
        rng = self.rng
        width = self.street.verge(_RIGHT) - self.street.verge(_LEFT) + 1.5
        if rng.random() < self.place.bridges:
            yield flyover(rng, Spot(0.0, rng.uniform(25, 110)), width=width)
        if rng.random() < self.place.bridges:
            yield gantry(rng, Spot(0.0, rng.uniform(18, 120)), width=width)

    def _traffic(self) -> Iterator[Thing]:
        """Vehicles in every lane: ours shows their backs, the other direction their fronts."""
        rng, street = self.rng, self.street
        for side, sign in ((_LEFT, -1), (_RIGHT, 1)):
            for number in range(street.lanes[side]):
                middle = sign * (street.median / 2 + (number + 0.5) * street.lane)
                ours = abs(middle - self.lateral) < 0.6 * street.lane
                speed = rng.uniform(6, 11) if side == _LEFT else -rng.uniform(7, 12)
                z = rng.uniform(7, 30) if ours else rng.uniform(3, 22)
                while z < FARTHEST:
                    thing = self._vehicle(middle, z, oncoming=side == _RIGHT, speed=speed)
                    yield thing
                    least, usual = self.place.headway
                    gap = least + rng.exponential(usual)
                    z += 2 * thing.half_length + gap * (1 + z / _THINNING)

    def _vehicle(self, middle: float, z: float, *, oncoming: bool, speed: float) -> Thing:
        rng = self.rng
        kind = pick_weighted(rng, self.place.traffic)
        if kind == "bike":
            lateral = middle + rng.uniform(-1.0, 1.0)
            riders = int(rng.integers(1, 3))
            view = "ahead" if oncoming else "behind"
            return motorbike(rng, view, Spot(lateral, z + 1), riders=riders, speed=speed)
        yaw = (math.pi if oncoming else 0.0) + rng.normal(0, 0.03)
        lateral = middle + rng.normal(0, 0.2)
        thing = vehicle(rng, kind, Spot(lateral, z, yaw=yaw), speed=speed)
        return thing.moved(thing.half_length)

    def _parked(self) -> Iterator[Thing]:
        """Vehicles at the edge of the road, and some that come out of side roads."""
        rng, street = self.rng, self.street
        for side, sign in ((_LEFT, -1), (_RIGHT, 1)):
            for z in self._spread(self.place.parked, start=5):
                edge = street.edge(side) + sign * 0.5 * street.sides[side].shoulder
                if rng.random() < 0.35:
                    spot = Spot(street.kerb(side) + sign * 0.5, z)
                    yield motorbike(rng, pick(rng, ("behind", "ahead", "aside")), spot, riders=0)
                    continue
                kind = pick(rng, ("hatchback", "sedan", "suv", "van", "autorickshaw"))
                yaw = math.pi * (side == _RIGHT) + rng.normal(0, 0.06)
                yield vehicle(rng, kind, Spot(edge - sign * 0.7, z, yaw=yaw))
        for start, end in street.junctions:
            if rng.random() < 0.6:
                spot = Spot(
                    rng.uniform(-12, 12), (start + end) / 2, yaw=math.pi * pick(rng, (0.5, -0.5))
                )
                kind = pick(rng, ("hatchback", "sedan", "autorickshaw", "suv", "bus", "van"))
                yield vehicle(rng, kind, spot)
            if rng.random() < 0.5:
                yield motorbike(
                    rng,
                    "aside",
                    Spot(rng.uniform(-9, 9), start + 1, yaw=math.pi * pick(rng, (0, 1))),
                    riders=1,
                )

    def _crowd(self) -> Iterator[Thing]:
        """People on both sides and crossing, and animals that stray."""
        rng, street = self.rng, self.street
        for side, sign in ((_LEFT, -1), (_RIGHT, 1)):
            width = max(abs(street.verge(side) - street.kerb(side)), 0.8)
            for z in self._spread(self.place.people, start=3.5, thinning=_CROWD_THINNING):
                for _ in range(pick(rng, (1, 1, 1, 2, 3))):
                    lateral = street.kerb(side) + sign * rng.uniform(-0.3, width)
                    spot = Spot(
                        lateral, z + rng.uniform(-0.6, 0.6), yaw=math.pi * pick(rng, (0, 1))
                    )
                    yield person(rng, spot, rainy=self.rainy, speed=rng.uniform(-1.2, 1.2))
            for z in self._spread(self.place.animals, start=6):
                spot = Spot(
                    street.edge(side) + sign * rng.uniform(-1, 2),
                    z,
                    yaw=math.pi * pick(rng, (0, 1)),
                )
                yield animal(rng, spot)
        for z in self._spread(0.18 * self.place.people, start=8):
            lateral = rng.uniform(street.edge(_LEFT), street.edge(_RIGHT))
            yield person(rng, Spot(lateral, z), rainy=self.rainy)
        for start, end in street.zebras:
            for _ in range(int(rng.integers(0, 5))):
                spot = Spot(rng.uniform(street.edge(0), street.edge(1)), rng.uniform(start, end))
                yield person(rng, spot, rainy=self.rainy)

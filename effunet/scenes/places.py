"""Kinds of places: how their roads are laid, and how much of what stands along them."""

from collections.abc import Mapping
from dataclasses import dataclass

from .surfaces import Surface


@dataclass(frozen=True)
class Place:
    """Odds that make a place what it is. Rates are for 100 m of one side of the road."""

    lanes: tuple[int, ...]
    """Numbers of lanes in one direction."""
    lane: tuple[float, float]
    """Narrowest and widest lane in metres."""
    median: float
    """Odds of a strip between the directions."""
    kerb: float
    pavement: tuple[float, float]
    shoulder: tuple[float, float]
    marks: Mapping[str, float]
    beyond: Mapping[Surface, float]
    """What the ground is behind the pavement."""
    frontage: Mapping[str, float]
    """Odds of what lines the road: buildings, plants, fences, or nothing (``open``)."""
    setback: tuple[float, float]
    """Metres from the pavement to the frontage."""
    backdrop: Mapping[str, float]
    traffic: Mapping[str, float]
    headway: tuple[float, float]
    """Least and usual metres between vehicles of a lane."""
    trees: float = 0.0
    palms: float = 0.0
    lamps: float = 0.0
    poles: float = 0.0
    signs: float = 1.0
    people: float = 1.0
    stalls: float = 0.0
    striped: float = 0.45
    """Odds of kerb stones painted in stripes."""
    parked: float = 0.0
    animals: float = 0.0
    junctions: float = 0.3
    billboards: float = 0.2
    bridges: float = 0.0
    """Odds of a flyover, and of a gantry, over the road."""
    rail: float = 0.0
    """Odds of a crash rail or railing along the road."""


PLACES: Mapping[str, Place] = {
    "city": Place(
        lanes=(1, 2, 2, 3),
        lane=(3.0, 3.5),
        median=0.5,
        kerb=1.0,
        pavement=(2.0, 4.5),
        shoulder=(0.0, 0.0),
        marks={"dashed": 3, "solid": 1, "double": 1},
        beyond={Surface.PAVING: 3, Surface.EARTH: 1},
        frontage={
            "flats": 4,
            "shophouse": 3,
            "office": 3,
            "open": 0.6,
            "wall": 1.2,
            "hoarding": 0.8,
            "trees": 0.6,
        },
        setback=(0.0, 2.5),
        backdrop={"town": 1},
        traffic={
            "hatchback": 4,
            "sedan": 4,
            "suv": 3,
            "van": 1,
            "bus": 1.2,
            "autorickshaw": 1.5,
            "bike": 5,
            "box lorry": 0.6,
        },
        headway=(4.0, 16.0),
        trees=2.2,
        lamps=3.0,
        poles=0.8,
        signs=2.5,
        people=10.0,
        stalls=1.5,
        parked=3.0,
        junctions=0.45,
        bridges=0.15,
        rail=0.4,
        billboards=1.0,
    ),
    "market": Place(
        lanes=(1,),
        lane=(2.8, 3.6),
        median=0.0,
        kerb=0.35,
        pavement=(1.0, 2.0),
        shoulder=(0.6, 2.4),
        marks={"none": 3, "dashed": 1},
        beyond={Surface.EARTH: 2, Surface.PAVING: 2},
        frontage={"shophouse": 8, "flats": 2.5, "open": 0.6, "wall": 1.0},
        setback=(0.0, 1.5),
        backdrop={"town": 2, "woods": 1},
        traffic={
            "hatchback": 2,
            "sedan": 1,
            "autorickshaw": 4,
            "bike": 6,
            "minibus": 1,
            "lorry": 0.6,
        },
        headway=(3.0, 13.0),
        trees=1.0,
        palms=0.3,
        lamps=0.8,
        poles=3.2,
        signs=1.0,
        people=20.0,
        stalls=6.0,
        parked=3.5,
        animals=0.8,
        billboards=1.0,
        junctions=0.3,
    ),
    "suburb": Place(
        lanes=(1,),
        lane=(2.8, 3.4),
        median=0.05,
        kerb=0.9,
        pavement=(1.2, 2.2),
        shoulder=(0.0, 0.0),
        marks={"dashed": 2, "none": 2, "solid": 1},
        beyond={Surface.GRASS: 3, Surface.EARTH: 1},
        frontage={"house": 7, "hedge": 2, "trees": 1.5, "wall": 2.4, "open": 0.8, "railing": 1.6},
        setback=(2.0, 6.0),
        backdrop={"woods": 2, "hills": 1},
        traffic={"hatchback": 5, "sedan": 3, "suv": 3, "van": 1.5, "bike": 2, "minibus": 0.5},
        headway=(8.0, 45.0),
        trees=3.5,
        lamps=2.0,
        poles=0.8,
        signs=2.2,
        people=4.5,
        parked=4.0,
        animals=0.2,
        junctions=0.4,
    ),
    "avenue": Place(
        lanes=(1, 2),
        lane=(3.1, 3.6),
        median=0.35,
        kerb=0.95,
        pavement=(2.0, 4.0),
        shoulder=(0.0, 0.0),
        marks={"dashed": 3, "double": 1},
        beyond={Surface.GRASS: 2, Surface.EARTH: 2, Surface.PAVING: 1},
        frontage={
            "flats": 2,
            "house": 2,
            "wall": 3,
            "hoarding": 0.6,
            "hedge": 1,
            "trees": 2,
            "office": 0.6,
        },
        setback=(2.0, 6.0),
        backdrop={"woods": 2, "town": 1},
        traffic={"hatchback": 4, "sedan": 4, "suv": 3, "autorickshaw": 2, "bike": 4, "bus": 1},
        headway=(6.0, 24.0),
        trees=8.5,
        lamps=1.6,
        signs=1.2,
        people=7.0,
        parked=2.0,
        stalls=1.2,
        rail=0.35,
        billboards=0.6,
        animals=0.2,
    ),
    "highway": Place(
        lanes=(2, 2, 3),
        lane=(3.4, 3.7),
        median=0.8,
        kerb=0.1,
        pavement=(0.0, 0.0),
        shoulder=(0.8, 2.4),
        marks={"dashed": 1, "solid": 0.4},
        beyond={Surface.GRASS: 3, Surface.EARTH: 1.4},
        frontage={
            "open": 6,
            "trees": 3,
            "bushes": 3,
            "shed": 0.7,
            "wall": 1.2,
            "hoarding": 0.8,
            "house": 0.3,
        },
        setback=(2.0, 9.0),
        backdrop={"hills": 3, "woods": 2, "town": 0.6},
        traffic={
            "hatchback": 3,
            "sedan": 3,
            "suv": 3,
            "lorry": 3,
            "box lorry": 2,
            "bus": 1.4,
            "bike": 1.5,
        },
        headway=(10.0, 38.0),
        trees=1.0,
        palms=0.3,
        lamps=1.6,
        poles=0.5,
        signs=1.6,
        people=0.6,
        junctions=0.0,
        billboards=1.2,
        bridges=0.35,
        rail=0.8,
    ),
    "village": Place(
        lanes=(1,),
        lane=(2.2, 3.0),
        median=0.0,
        kerb=0.05,
        pavement=(0.0, 0.0),
        shoulder=(0.4, 2.2),
        marks={"none": 4, "dashed": 1},
        beyond={Surface.GRASS: 2.5, Surface.EARTH: 2},
        frontage={
            "open": 2.5,
            "trees": 3,
            "bushes": 3,
            "house": 2.2,
            "wall": 2.4,
            "shophouse": 1,
            "hedge": 1,
        },
        setback=(0.6, 5.0),
        backdrop={"woods": 3, "hills": 2},
        traffic={
            "hatchback": 2,
            "suv": 1,
            "lorry": 1.4,
            "autorickshaw": 2,
            "bike": 5,
            "minibus": 1,
        },
        headway=(10.0, 55.0),
        trees=2.5,
        palms=2.5,
        poles=2.4,
        signs=0.7,
        people=5.0,
        stalls=1.2,
        parked=0.8,
        animals=1.4,
        junctions=0.2,
    ),
    "works": Place(
        lanes=(1, 2),
        lane=(3.2, 3.7),
        median=0.2,
        kerb=0.5,
        pavement=(0.8, 2.0),
        shoulder=(0.5, 2.5),
        marks={"dashed": 2, "none": 1, "solid": 1},
        beyond={Surface.EARTH: 3, Surface.GRASS: 1},
        frontage={"shed": 4, "wall": 3, "hoarding": 2, "open": 1.2, "bushes": 1, "flats": 0.5},
        setback=(0.5, 5.0),
        backdrop={"town": 1, "hills": 1, "woods": 1},
        traffic={"lorry": 4, "box lorry": 3, "van": 2, "suv": 1.5, "bike": 2, "hatchback": 2},
        headway=(7.0, 30.0),
        trees=0.8,
        lamps=2.0,
        poles=1.6,
        signs=1.2,
        people=4.0,
        parked=2.5,
        stalls=0.5,
        rail=0.4,
        billboards=0.9,
    ),
}

PLACE_ODDS: Mapping[str, float] = {
    "city": 0.24,
    "market": 0.18,
    "suburb": 0.13,
    "avenue": 0.14,
    "highway": 0.13,
    "village": 0.11,
    "works": 0.07,
}

"""What stands along a road: each function draws one thing's looks and gives it a place."""

from .buildings import building
from .furniture import flyover, gantry, stall, upright, wires
from .people import animal, person
from .plants import hedge, palm, tree
from .runs import RUN_LENGTH, run, run_colours
from .twowheelers import motorbike
from .vehicles import vehicle

__all__ = [
    "RUN_LENGTH",
    "animal",
    "building",
    "flyover",
    "gantry",
    "hedge",
    "motorbike",
    "palm",
    "person",
    "run",
    "run_colours",
    "stall",
    "tree",
    "upright",
    "vehicle",
    "wires",
]

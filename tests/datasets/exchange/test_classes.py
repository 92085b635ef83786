from dataclasses import replace

import numpy as np
import pytest

from effunet.datasets.exchange.classes import train_classes
from effunet.datasets.exchange.export import UNLABELLED, Export
from effunet.errors import InputError
from effunet.labels import IGNORE_INDEX


def _export(*names: str, outlined: bool = True, colours: bool = False) -> Export:
    palette = tuple((index, 0, 0) for index in range(len(names)))
    return Export(names, (), "", outlined=outlined, colours=palette if colours else None)


def test_the_background_comes_behind_the_others() -> None:
    classes = train_classes(_export("road", "car"), "background")
    assert classes.names == ("road", "car", "background")
    assert classes.table[[0, 1, UNLABELLED, IGNORE_INDEX]].tolist() == [0, 1, 2, IGNORE_INDEX]


def test_a_background_of_the_export_is_that_of_the_unlabelled_too() -> None:
    classes = train_classes(_export("road", "Background"), "background")
    assert classes.names == ("road", "Background")
    assert classes.table[UNLABELLED] == 1


def test_unlabelled_pixels_can_be_void() -> None:
    classes = train_classes(_export("road", "background", "car"), "void")
    assert classes.names == ("road", "car")
    assert classes.table[[0, 1, 2, UNLABELLED]].tolist() == [0, IGNORE_INDEX, 1, IGNORE_INDEX]
    assert classes.void == ("background",)


def test_void_of_the_export_is_void() -> None:
    classes = train_classes(_export("unlabeled", "road", "car", outlined=False), "background")
    assert classes.names == ("road", "car")
    assert classes.background is None


def test_every_other_value_is_void() -> None:
    table = train_classes(_export("road", "car"), "background").table
    assert np.flatnonzero(table != IGNORE_INDEX).tolist() == [0, 1, UNLABELLED]


def test_colours_go_with_their_classes() -> None:
    export = _export("void", "road", "car", outlined=False, colours=True)
    assert train_classes(export, "background").colours == ((1, 0, 0), (2, 0, 0))


def test_colours_that_two_classes_share_are_none() -> None:
    export = replace(_export("road", "car"), colours=((1, 0, 0), (1, 0, 0)))
    assert train_classes(export, "background").colours is None


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("road",), "one class alone, road"),
        (("background",), "no class is left"),
        (tuple(map(str, range(255))), "255 classes"),
        (("a\nb", "c"), "cannot be the name"),
        (("a" * 101, "c"), "cannot be the name"),
    ],
)
def test_classes_that_cannot_be_trained_on(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        train_classes(_export(*names), "void")

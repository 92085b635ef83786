"""Synthetic road scenes: a seeded painter of dash-camera views with exact masks.

A seed decides a world (``scene``): a place's odds (``places``) lay a street (``street``,
``surfaces``) and put things along it (``layout``, ``things``) under some weather (``light``). A
world is painted from far to near (``sky``, ``ground``, ``stage``) with a pinhole camera (``view``)
on a canvas that knows the owner of every pixel (``canvas``), and photographed (``lens``).
"""

from .scene import paint_scene
from .writing import FileNames, make_dataset

__all__ = ["FileNames", "make_dataset", "paint_scene"]

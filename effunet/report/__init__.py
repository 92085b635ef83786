"""Plots and a self-contained page, from plain values."""

from .cards import Card, Compared, Gallery, pixels_a_card
from .drawing import try_to_draw
from .page import Finding, Page, html_fragment, write_page
from .plots import plot_classes, plot_confusion, plot_curves
from .tables import Table, class_table

__all__ = [
    "Card",
    "Compared",
    "Finding",
    "Gallery",
    "Page",
    "Table",
    "class_table",
    "html_fragment",
    "pixels_a_card",
    "plot_classes",
    "plot_confusion",
    "plot_curves",
    "try_to_draw",
    "write_page",
]

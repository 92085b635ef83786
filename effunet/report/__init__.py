"""Plots and a self-contained page, from plain values."""

from .gallery import Card, Finding, write_gallery
from .page import Table, class_table, html_fragment, write_page
from .plots import plot_classes, plot_confusion, plot_curves

__all__ = [
    "Card",
    "Finding",
    "Table",
    "class_table",
    "html_fragment",
    "plot_classes",
    "plot_confusion",
    "plot_curves",
    "write_gallery",
    "write_page",
]

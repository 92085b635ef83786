"""Plots and a self-contained page, from plain values."""

from .page import Table, class_table, html_fragment, write_page
from .plots import plot_classes, plot_confusion, plot_curves

__all__ = [
    "Table",
    "class_table",
    "html_fragment",
    "plot_classes",
    "plot_confusion",
    "plot_curves",
    "write_page",
]

"""New splits of a data set, whole drives at a time."""

from .plan import Part, Plan, plan_split
from .table import plan_lines
from .telling import Telling
from .writing import check_out, write_splits

__all__ = ["Part", "Plan", "Telling", "check_out", "plan_lines", "plan_split", "write_splits"]

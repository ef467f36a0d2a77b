"""What runs between two places of a function, what can throw there, and who calls whom."""

from .callgraph import CallGraph
from .flow import Flow, Point
from .graph import build_flow
from .throws import Throws

__all__ = ["CallGraph", "Flow", "Point", "Throws", "build_flow"]

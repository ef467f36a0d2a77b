"""What runs between two places of a function, what can throw there, and who calls whom."""

from .callgraph import CallGraph
from .graph import Flow, Point, build_flow
from .throws import Throws

__all__ = ["CallGraph", "Flow", "Point", "Throws", "build_flow"]

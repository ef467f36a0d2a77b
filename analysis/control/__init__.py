"""What runs between two places of a function, and what can throw there."""

from .graph import Flow, Point, build_flow
from .throws import Throws

__all__ = ["Flow", "Point", "Throws", "build_flow"]

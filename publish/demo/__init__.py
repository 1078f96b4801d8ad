"""A fictional city, so that every page has something to show; see data/demo/README.md."""

from publish.demo.city import Event, EventKind, HandIn, generate

__all__ = ["Event", "EventKind", "HandIn", "generate"]

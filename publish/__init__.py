"""From a department's file to a public release."""

__version__ = "0.1.0"

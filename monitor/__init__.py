"""How well departments keep their duties of disclosure."""

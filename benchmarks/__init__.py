"""Measurements beside bare limits; `make bench` runs them."""

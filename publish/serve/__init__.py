"""Datasette and the site on one port."""

"""Looks for what is private in every byte of a release, however it is packed."""

"""The groups of commands that `gongshi` is made of."""

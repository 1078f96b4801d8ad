"""Everything that the public gets, built aside, checked and switched to at once."""

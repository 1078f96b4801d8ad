"""Tells departments what is due: feeds and calendars in each release, web hooks and e-mail."""

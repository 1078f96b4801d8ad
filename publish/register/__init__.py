"""What was handed in and what happened to it: only ever added to."""

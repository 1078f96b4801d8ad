"""What the public may see of a record, and in what form."""

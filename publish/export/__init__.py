"""What is handed on to the platform above, in its form; what it answered."""

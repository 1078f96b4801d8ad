"""From a department's file to rows of the register: read, understand, clean, check, return."""

"""The versioned API: one declaration per endpoint drives parsing, answers and the description."""

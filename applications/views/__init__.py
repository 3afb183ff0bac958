"""Pages of organisations and applications, by noun."""

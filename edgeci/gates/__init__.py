"""What may be demanded of a candidate, and the pure functions that judge it."""

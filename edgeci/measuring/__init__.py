"""How a candidate and its baseline are measured: one loop that times everybody, and what else is taken beside it."""

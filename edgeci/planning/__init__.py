"""Which recipes are tried for a target, in which order, and why others are not. Pure: nothing is run."""

"""Where a backend runs: worker processes, environments, limits."""

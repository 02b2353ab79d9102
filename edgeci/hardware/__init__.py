"""Facts about this machine, each with the source it was read from. What cannot be read is absent, never guessed."""

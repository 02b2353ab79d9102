"""Pure judgements of what limits a model: observations in, a named cause with its numbers and remedies out."""

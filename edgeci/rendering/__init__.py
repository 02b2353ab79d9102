"""Manifests from templates: which there are, what they may use, and a check of every document they make."""

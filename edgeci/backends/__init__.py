"""The only plug-in seam: modules that make and run candidates."""

"""Look inside a model file without a framework, in a worker."""

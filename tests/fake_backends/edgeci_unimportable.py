raise RuntimeError("a third party that cannot be imported")

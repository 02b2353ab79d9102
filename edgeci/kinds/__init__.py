"""Kinds of model, the second plug-in seam: what the items are, how a session is asked, and how two answers agree."""

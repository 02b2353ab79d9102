"""edgeci treats an edge-AI model like code: a verdict you can trust, tied to the artifact that ships."""

__version__ = "0.1.0"

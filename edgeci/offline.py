"""What keeps frameworks to themselves: no count of who uses them, nothing fetched from a hub."""

OFFLINE = {"CI": "true", "OLIVE_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
"""Variables; a framework reads them when it is imported."""

"""Items that judge and calibrate: read them without running anybody's pickle, shape them, score the answers."""

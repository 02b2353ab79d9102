"""What a release is on disk, and when it contradicts itself."""

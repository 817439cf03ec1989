"""What lies on the disk: reading, checking and writing it."""

"""Does the CI check raise false alarms, and what does it find? Measured here; docs/ci.md shows a result."""

"""The CI verdict: is this build slower than that one? docs/ci.md explains it."""

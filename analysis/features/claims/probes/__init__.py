"""Probes: each makes the standard library's real calls and returns what a cell of claim 5 should hold."""

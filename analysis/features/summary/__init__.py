"""`summary`: a table a block."""

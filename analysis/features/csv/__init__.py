"""`csv`: one row a sample, flat."""

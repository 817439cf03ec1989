"""`charts`: every chart that a result file has data for."""

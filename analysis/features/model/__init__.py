"""`model`: the prices of the backends in words."""

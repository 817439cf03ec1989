"""One sample of a Python pool: request, payload, the task in its worker, the pools, the timing."""

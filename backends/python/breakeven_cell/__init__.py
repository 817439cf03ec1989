"""One sample of a Python pool: the request, the payload, the task in its worker, the pools, and the timing."""

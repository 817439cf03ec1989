"""Numbers from numbers: intervals, scalability, the cost model."""

"""`compare`: what a dispatch costs, beside the best peer."""

"""`self-test`: whether the intervals and the check keep what they promise, here."""

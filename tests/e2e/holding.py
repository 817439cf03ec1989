"""A program that holds memory in two processes, for tests of what is read of it."""

from __future__ import annotations

# Two processes that hold so many MiB each at one time, for so many seconds, however late the one begins.
TWO_HOLD = """
import os, sys, time
ready, done = os.pipe(), os.pipe()
child = os.fork()
held = bytearray(b"x") * (int(sys.argv[1]) << 20)
if child == 0:
    os.write(ready[1], b"r")
    os.read(done[0], 1)
    os._exit(0)
os.read(ready[0], 1)
time.sleep(float(sys.argv[2]))
os.write(done[1], b"d")
os.waitpid(child, 0)
"""

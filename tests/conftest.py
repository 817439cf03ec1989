"""For all tests: the signals that a run is ended by do here what they do in a shell.

Whoever starts the tests may ignore them, as nohup and the background of a script do; the programs under test
would inherit that, and rightly not end.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

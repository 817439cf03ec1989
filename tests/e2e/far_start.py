"""Runs far_cell.py with the hosts and the agent that the launcher's environment names."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import far_cell  # noqa: E402

hosts, agent = os.environ.get("FAR_HOSTS", "here:2"), os.environ.get("FAR_AGENT", "false")
sys.exit(far_cell.main([hosts, agent, sys.argv[-1]]))

"""Which commit made it slower? The check is the oracle; docs/check.md says how."""

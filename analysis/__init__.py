"""From a Breakeven result file (docs/format.md) to speed-ups, tables and charts."""

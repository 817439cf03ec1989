"""How figures are shown: units, names, tables, pages, charts."""

"""One folder a word of the command line."""

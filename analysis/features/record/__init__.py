"""`record`: one serial run of a program, as profiles of its loops."""

"""How the times of a program came to be what they are: a line a commit, and where they changed."""

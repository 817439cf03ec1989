"""Advice: which backend to use for a task that was never measured, from the cost model of a file's cases.

`question` reads what is asked, `answer` ranks the backends and says how well it knows, `text` prints it;
`trial` keeps how the advice did when it was put to the test.
"""

"""Do the intervals hold? `breakeven self-test --intervals` measures it on the machine at hand.

plan.py fixes beforehand what is measured and data.py holds what was; driver.py measures, comparisons.py stops
where the shipped rule does, measures.py counts, judge.py holds that against the gates, report.py says it.
"""

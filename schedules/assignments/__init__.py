"""Giving an employee a working time arrangement: looked at, confirmed, sent once, verified.

`looking` reads what there is, `judging` says what speaks against it, `services` has what a person
may do, `sending` is the job that sends, and `reconciling` finds out what became of a lost answer.
"""

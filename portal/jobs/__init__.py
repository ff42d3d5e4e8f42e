"""Jobs: states and moves, claims, the pulse that follows, the queue that works, the sweeper.

`models` has the rows, `moves` the table of states, `kinds` what each kind of job does, `runner`
carries out one step, and `pulse`, `tasks`, `follow` and `sweeper` are the four that call it.
"""

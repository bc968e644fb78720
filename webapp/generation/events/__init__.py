"""What follows from changes of runs: activity and ends on disk, webhooks, counts, metrics. Never holds a run up.

Imports what generation may; not `generation.run` and `generation.makers`.
"""

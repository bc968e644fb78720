"""Generation: commands on a run, the job queue, and the driver that takes a run over and runs it to its end.

Imports core, config, disk, coordination, outbound and providers. `ports` holds what it needs from outside.
"""

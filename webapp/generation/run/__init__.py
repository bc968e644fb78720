"""The loop of one run: preparation, frame queue, call gate, attempts, failures, progress, end.

Imports what generation may, and `generation.makers`; not the commands and the job queue above it.
"""

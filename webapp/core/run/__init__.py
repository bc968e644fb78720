"""The life of a run: its states and moves, the schedule of its frames, the estimate of its end."""

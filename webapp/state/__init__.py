"""The read model: one project at one moment, from its folder, the live state in Redis and its run.

May import generation and everything below; writes nothing.
"""

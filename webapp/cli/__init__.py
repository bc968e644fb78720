"""Command lines without pages: a run of one project, and a worker. May import everything but ``wsgi``."""

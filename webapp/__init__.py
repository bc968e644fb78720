"""Step 8: from the storyboards of a video project to its images.

The factory is `webapp.app.create_app`. This file stays empty of imports: gunicorn's master reads the settings and
starts the embedded Redis before gevent has patched anything, and an import of Flask would load ``ssl`` too early.
"""

__version__ = "1.3.1"

"""Around the app: gevent's patch, gunicorn's master process, limits set by the system. No pages, no generation."""

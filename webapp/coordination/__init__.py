"""What all processes share in Redis: live state, leases, limits of accounts, circuit breakers; and the embedded server.

May import core and errors only. This file and the modules that say so import the standard library alone: gunicorn's
master uses them before gevent has patched anything.
"""

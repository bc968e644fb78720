"""Pure domain of the product: no clock, network, disk or Redis; time and randomness are arguments.

It imports `webapp.errors` and the standard library alone.
"""

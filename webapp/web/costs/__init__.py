"""Costs of a project: the page, its CSV, the lines of single attempts.

Of the web's packages it may import layout.
"""

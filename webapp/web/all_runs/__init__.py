"""Runs of all projects on one page.

Of the web's packages it may import layout and images.
"""

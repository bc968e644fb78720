"""Who makes the images: provider, keys and limits of each style, by the project's settings and the environment.

Imports what generation may; not `generation.run`.
"""

"""Exports: what leaves a project as a file, one format each (`formats`), made in the background (`jobs`).

Imports core, disk and fonts.
"""

"""Prompts on disk: read, changed, undone, imports that wait for the user."""

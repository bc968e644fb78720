"""Prompts of a project: their files, edits, findings, imports and wording."""

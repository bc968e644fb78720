"""Steps that only show files: text, Markdown, JSON as tables, recordings.

Of the web's packages it may import layout.
"""

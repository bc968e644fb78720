"""What every page has: frame with steps and run pill, banner and other widgets, wording of times, HTMX responses.

Of the web's packages it may import none.
"""

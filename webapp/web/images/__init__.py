"""Step 8: the page with its matrix, run panel, dialogs and frame details, and their live updates.

Of the web's packages it may import layout and costs.
"""

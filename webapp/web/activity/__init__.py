"""Activity of a project: its lines, the summaries of its runs, its webhook.

Of the web's packages it may import layout and images.
"""

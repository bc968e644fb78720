"""Step 7: the page of prompts, their import, and the prompt form in a frame's details.

Of the web's packages it may import layout, images and projects.
"""

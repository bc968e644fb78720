"""Step 9: choosing one image for each beat.

Of the web's packages it may import layout and images.
"""

"""Start page with the list of projects; the page of one project: rename, duplicate, archive, delete.

Of the web's packages it may import layout and middleware.
"""

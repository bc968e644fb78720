"""The projects folder, which is the truth: everything read and written there goes through a `Folder`.

It imports `webapp.core`, `webapp.errors`, Pillow and gevent's thread pool, and never Redis or HTTP.
"""

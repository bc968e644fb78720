"""Live streams (server-sent events): from a message in Redis to the bytes on each open connection.

May import coordination, core and disk; nothing of the pages, which hand in what renders their parts.
"""

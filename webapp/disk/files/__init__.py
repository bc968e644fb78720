"""One folder on disk: its one reader and writer, the calls of the operating system, native threads."""

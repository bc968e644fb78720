"""Settings: how texts of the environment are read, what a process takes on, what a project sets for itself.

Pure; imports the core alone. Names no provider.
"""

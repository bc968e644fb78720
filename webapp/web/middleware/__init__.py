"""What every request and response passes: limits, guard, sessions, sign-in, headers, compression, errors.

Each module puts itself into the app by one function that takes it. May import everything below web, and `services`.
"""

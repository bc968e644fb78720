"""Step 1, Project Setup: title, providers, limits, style reference, keys. Imports providers and generation, and of web
the layout, urls and services."""

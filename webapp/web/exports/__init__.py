"""The export page. Imports exports, and of web the layout, urls and services."""

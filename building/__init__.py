"""Builds the rooms' services from Settings: the one place beside ``app`` that chooses concrete classes.

What takes long to import is imported in functions: some when the page is built, most when a room first needs it.
"""

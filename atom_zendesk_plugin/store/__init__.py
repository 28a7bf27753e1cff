"""The plugin's own tables: the unit of work is in ``database``, each table's functions in a module of its name.

Extend by a model, its migration and a module of functions that take a session and never commit.
"""

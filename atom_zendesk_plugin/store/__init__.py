"""The plugin's own tables: transactions are in ``database``, for whom they work in ``tenancy``, and each table's functions in a module
of its name.

Extend by a model, its migration and a module of functions that take a unit of work and never commit.
"""

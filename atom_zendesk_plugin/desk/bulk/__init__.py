"""Bulk of any length: a run is a list of records to make, change or delete, carried out in jobs of a hundred.

``service`` is what callers use; ``advancing`` is the one function that moves a run on, wherever it is called from.
"""

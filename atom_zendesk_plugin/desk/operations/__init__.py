"""Everything that can be done at the desk beside its core: ``table`` has all of it, the other modules have one family each."""

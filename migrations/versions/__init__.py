"""One module per step of the history, run in the order of their revisions."""

"""How the desk's records look on the wire: one module for each family of objects."""

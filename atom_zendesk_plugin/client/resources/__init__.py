"""The API's resources, one module each: thin, typed, and built on ``Caller.request`` alone."""

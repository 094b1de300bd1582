class Unsupported(Exception):
    """The library cannot compute the kernel; the text says why."""

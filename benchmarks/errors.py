"""What stops a benchmark, in words that say what to do."""


class BenchmarkError(RuntimeError):
    """Something that is needed is missing or failed; the text says what, and the way out."""

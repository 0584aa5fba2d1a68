"""One question about a need and a firm in each file, answered with a value and a reason."""

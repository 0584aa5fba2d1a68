"""Plans: which contracts would cover a need within limits, solved, signed off and briefed."""

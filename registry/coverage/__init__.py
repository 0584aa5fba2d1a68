"""How much of a shortfall Canadian lines could cover by when, and what a contract would unlock."""

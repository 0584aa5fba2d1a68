"""The registry: firms, what they can make, what is short, and who could scale to make it."""

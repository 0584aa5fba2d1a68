"""What a person types into a search: its grammar, and the firms that it names."""

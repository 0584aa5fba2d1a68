"""What can be retrieved fast: built from suppliers, saved, opened, checked."""

"""Numbered, reversible schema changes (Alembic); `cadence init` applies them."""

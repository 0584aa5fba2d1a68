"""The WSGI entry point: `flask --app wsgi`, or any WSGI server on `wsgi:app`."""

from registry.app import create_app

app = create_app()

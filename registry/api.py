"""The JSON API: one document (OpenAPI 3.1), one shape of error, one blueprint for each feature."""

from typing import Any

from flask import Flask, request
from flask_smorest import Api
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from registry.errors import RegistryError
from registry.matches import api as matches
from registry.profiles import api as profiles
from registry.web import show_error, show_http_error

PREFIX = "/api/"


class CadenceApi(Api):
    """Answers errors in JSON under /api/ only, and says which methods a 405 would have taken."""

    def handle_http_exception(self, error: HTTPException) -> Any:
        if not request.path.startswith(PREFIX):
            return show_http_error(error)
        body, status, headers = super().handle_http_exception(error)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            headers = {**headers, "Allow": ", ".join(error.valid_methods)}
        return body, status, headers


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    """Mount the API at /api and its document at /api/openapi.json."""
    app.config.update(
        API_TITLE="Cadence",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = CadenceApi(app)
    for feature in (matches, profiles):
        api.register_blueprint(feature.blueprint)
        # Read-only, and never signed in by a cookie alone for anything that changes.
        csrf.exempt(feature.blueprint)
    app.register_error_handler(RegistryError, _show_registry_error)


def _show_registry_error(error: RegistryError) -> Any:
    if not request.path.startswith(PREFIX):
        return show_error(error)
    status = error.status
    return {"code": status.value, "status": status.phrase, "message": error.message}, status.value

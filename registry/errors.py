"""Errors that a person can act on, and the one handler that answers them."""

from http import HTTPStatus


class RegistryError(Exception):
    """Carries a translated message and the HTTP status that it means."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


class NotFound(RegistryError):
    status = HTTPStatus.NOT_FOUND


class Conflict(RegistryError):
    status = HTTPStatus.CONFLICT


class NotAllowed(RegistryError):
    status = HTTPStatus.FORBIDDEN


class RuleBroken(RegistryError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY

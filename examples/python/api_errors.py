"""Errors of the API, for a client that openapi-python-client has generated."""

from dataclasses import dataclass
from typing import TypeVar

import httpx
from sign_in_client import Client
from sign_in_client.models import ErrorResponse, GatewayError
from sign_in_client.types import Response

Body = TypeVar("Body")


@dataclass
class ApiError(Exception):
    """Response with another status than 200."""

    status: int
    # Cause, such as `NotAuthorizedException`. Absent if the response is not from a function.
    type: str | None
    detail: str | None
    # Seconds to wait before the next attempt, if the service says so.
    retry_after: int | None

    @property
    def message(self) -> str | None:
        """`detail`, if it is for users: a `detail` with a colon and a space is for developers."""
        return None if self.detail is None or ": " in self.detail else self.detail


def create_client(api: str, **httpx_args) -> Client:
    """Client whose responses are JSON: any other response becomes an `ApiError`.

    Without the hook, the generated client raises `JSONDecodeError` for a page of CloudFront, and the status is lost.
    """
    return Client(base_url=api, httpx_args={"event_hooks": {"response": [require_json]}, **httpx_args})


def require_json(response: httpx.Response) -> None:
    media_type = response.headers.get("content-type", "").split(";")[0].strip()
    if media_type.lower() != "application/json":
        raise error_from(response.status_code, response.headers, None)


def body_of(response: Response[Body | ErrorResponse | GatewayError]) -> Body:
    """The body of a response of `sync_detailed` with the status 200."""
    parsed = response.parsed
    if response.status_code == 200:
        return parsed
    # `parsed` is None if the status is not documented, such as API Gateway's 404.
    detail = parsed.detail if isinstance(parsed, ErrorResponse) else None
    raise error_from(response.status_code, response.headers, detail)


def error_from(status: int, headers: httpx.Headers, detail: str | None) -> ApiError:
    retry_after = headers.get("retry-after", "")
    return ApiError(
        status=int(status),
        type=headers.get("x-amzn-errortype"),
        detail=detail,
        retry_after=int(retry_after) if retry_after.isdecimal() else None,
    )

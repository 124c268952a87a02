"""Is a request one that GitHub's own OpenAPI description allows?"""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

SLICE = Path(__file__).parents[1] / "data" / "github-openapi-slice.json.gz"


@dataclass
class _Request:
    method: str
    path: str
    body: bytes | None
    parameters: RequestParameters
    content_type: str = "application/json"
    host_url: str = "https://api.github.com"


@cache
def _description() -> OpenAPI:
    with gzip.open(SLICE) as file:
        return OpenAPI.from_dict(json.load(file), config=Config(spec_validator_cls=None))


def objection(method: str, target: str, body: bytes) -> str:
    """What GitHub's description, or its prose, has against a request; "" when nothing. `target`: path and query."""
    parts = urlsplit(target)
    if parts.path == "/graphql":
        return "" if method == "POST" and "query" in json.loads(body) else "no GraphQL query"
    query = ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True))
    header = Headers({"content-type": "application/json"})
    parameters = RequestParameters(query=query, header=header, cookie=ImmutableMultiDict())
    try:
        _description().validate_request(_Request(method.lower(), unquote(parts.path), body or None, parameters))
    except OpenAPIError as error:
        return f"{method} {target}: {error} {error.__cause__}"[:1000]
    return _undescribed(method, parts.path, json.loads(body) if body else {})


def _undescribed(method: str, path: str, body: Any) -> str:
    """What GitHub's prose says and its description does not."""
    if method in {"POST", "PATCH"} and "/check-runs" in path:
        if (body.get("status") == "completed") != ("conclusion" in body):
            return "a completed check run has a conclusion, and no other has"
        if len(body.get("output", {}).get("summary", "")) > 65_535:
            return "a summary has at most 65,535 characters"
    if "/statuses/" in path and len(body.get("description", "")) > 140:
        return "the description of a status has at most 140 characters"
    if "/comments" in path and len(body.get("body", "")) > 65_536:
        return "a comment has at most 65,536 characters"
    return ""

"""The words that several rooms share, each defined once."""

from __future__ import annotations

from typing import Literal, NewType

from pydantic import JsonValue

WEBSITE_URL = "https://github.com/video-mcp/video-mcp-gateway"
TROUBLESHOOTING_URL = f"{WEBSITE_URL}/blob/main/docs/troubleshooting.md"

JsonObject = dict[str, JsonValue]
"""A JSON object, already parsed."""

Charged = Literal["no", "yes", "unknown"]
"""Whether a job cost money; `unknown` when the request left and no answer came back."""

Validation = Literal["strict", "warn", "off"]
"""What happens to a request that passes a vendor's limit: refused, sent with a warning, or sent unchecked."""

Dialect = str
"""Which kind of server stands behind the base URL: the name of a file in `gateway/dialects/`, with dashes."""

Principal = NewType("Principal", str)
"""Whom a job belongs to: who was let in, by whom."""

LOCAL_PRINCIPAL = Principal("local")
"""Whoever uses a server that lets everybody in."""

"""What stands between the page's server and the world: who may ask, how much, and what the page may load."""

import json

POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # the framework compiles its templates in the page
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'self'",
    ]
)
"""Content-Security-Policy: the page loads nothing from anywhere else, whatever the framework would like to."""

LOCAL = ("127.0.0.1", "localhost", "::1")


class Guard:
    """ASGI middleware that refuses requests that are too large, or addressed to another host than it serves.

    The second keeps web pages of others from reaching a server on localhost by a name of theirs (DNS rebinding).

    Args:
        app: the ASGI application behind it.
        max_bytes: largest body of a request.
        hosts: names by which the server may be addressed; None for any.

    Example:

    >>> Guard(None, max_bytes=10).max_bytes
    10
    """

    def __init__(self, app, max_bytes, hosts=None):
        self.app, self.max_bytes, self.hosts = app, max_bytes, hosts

    async def __call__(self, scope, receive, send):
        """Answers a request, or hands it on."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        if self.hosts and _host(headers.get(b"host", b"")) not in self.hosts:
            return await _refuse(send, 403, "This server answers to its own name only.")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 18 or int(length) > self.max_bytes:
            return await _refuse(send, 413, f"At most {self.max_bytes:,} bytes are taken.")
        taken = 0

        async def counted():
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if taken <= self.max_bytes else {"type": "http.disconnect"}

        async def with_policy(message):
            if message["type"] == "http.response.start":
                own = [(b"content-security-policy", POLICY.encode()), (b"x-content-type-options", b"nosniff")]
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        return await self.app(scope, counted, with_policy)


def _host(header):
    """The name in a Host header, without port."""
    name = header.decode("latin-1").strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


async def _refuse(send, status, reason):
    body = json.dumps({"detail": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""The kinds of spans that services of the shop make: requests, calls, queries, messages."""

from __future__ import annotations

from warehouse.demo.spans import CLIENT, CONSUMER, INTERNAL, PRODUCER, SERVER, Attribute, Node, Pool

_THREAD = Attribute("thread.id", "{}", "intValue", "thread")
_USER = Attribute("user.id", "{}", pool="user")


def http_server(
    service: str,
    method: str,
    route: str,
    *children: Node,
    path: str | None = None,
    pool: Pool | None = None,
    median_ms: float = 3.0,
    error_rate: float = 0.002,
    is_parallel: bool = False,
) -> Node:
    """A SERVER span of an HTTP route; `path` holds `{}` where the route has a parameter."""
    attributes = (
        Attribute("http.request.method", method),
        Attribute("http.route", route),
        Attribute("url.path", path or route, pool=pool),
        Attribute("url.scheme", "https"),
        Attribute("server.address", f"{service}.shop.internal"),
        Attribute("server.port", "8443", "intValue"),
        Attribute("http.response.body.size", "{}", "intValue", "bytes"),
        Attribute("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"),
        _USER,
    )
    return Node(
        service,
        f"{method} {route}",
        SERVER,
        attributes,
        median_ms,
        children,
        error_rate=error_rate,
        error=("InternalServerError", "unhandled error in request handler"),
        is_parallel=is_parallel,
        status=("http.response.status_code", "500"),
    )


def http_call(caller: str, server: Node, chance: float = 1.0, swallows: bool = False) -> Node:
    """A CLIENT span of the caller around the callee's SERVER span."""
    method, _, route = server.name.partition(" ")
    attributes = (
        Attribute("http.request.method", method),
        Attribute("url.full", f"https://{server.service}.shop.internal:8443{route}"),
        Attribute("server.address", f"{server.service}.shop.internal"),
        Attribute("server.port", "8443", "intValue"),
        Attribute("service.peer.name", server.service),
        Attribute("http.request.resend_count", "0", "intValue"),
        Attribute("network.protocol.version", "2"),
        _THREAD,
    )
    return Node(
        caller,
        method,
        CLIENT,
        attributes,
        0.8,
        (server,),
        chance=chance,
        error_rate=0.0002,
        swallows=swallows,
        status=("http.response.status_code", "500"),
    )


def rpc_call(
    caller: str, callee: str, method: str, *children: Node, chance: float = 1.0, error_rate: float = 0.001
) -> Node:
    """A gRPC CLIENT span around the callee's SERVER span with its children."""
    full = f"shop.{callee}.v1/{method}"
    shared = (
        Attribute("rpc.system.name", "grpc"),
        Attribute("rpc.method", full),
        Attribute("server.address", f"{callee}.shop.internal"),
        Attribute("server.port", "9090", "intValue"),
        Attribute("network.peer.address", "10.42.{}.17", pool="thread"),
        Attribute("network.transport", "tcp"),
    )
    server = Node(
        callee,
        full,
        SERVER,
        (*shared, Attribute("rpc.message.size", "{}", "intValue", "bytes"), _THREAD, _USER),
        1.5,
        children,
        error_rate=error_rate,
        error=("StatusRuntimeException", "UNAVAILABLE: io exception"),
        status=("rpc.response.status_code", "UNAVAILABLE"),
    )
    client = (
        *shared,
        Attribute("service.peer.name", callee),
        Attribute("rpc.message.size", "{}", "intValue", "bytes"),
        _THREAD,
    )
    return Node(
        caller,
        full,
        CLIENT,
        client,
        0.5,
        (server,),
        chance=chance,
        status=("rpc.response.status_code", "UNAVAILABLE"),
    )


def database(
    service: str,
    operation: str,
    table: str,
    median_ms: float = 2.0,
    chance: float = 1.0,
    error_rate: float = 0.0003,
) -> Node:
    """A CLIENT span of a PostgreSQL query; the database itself is not instrumented."""
    query = {
        "SELECT": f"SELECT * FROM {table} WHERE id = $1",
        "INSERT": f"INSERT INTO {table} (id, payload) VALUES ($1, $2)",
        "UPDATE": f"UPDATE {table} SET payload = $2 WHERE id = $1",
    }[operation]
    attributes = (
        Attribute("db.system.name", "postgresql"),
        Attribute("db.namespace", f"{service}_db"),
        Attribute("db.operation.name", operation),
        Attribute("db.collection.name", table),
        Attribute("db.query.text", query),
        Attribute("db.query.summary", f"{operation} {table}"),
        Attribute("server.address", f"{service}-db.shop.internal"),
        Attribute("server.port", "5432", "intValue"),
        Attribute("db.response.returned_rows", "{}", "intValue", "thread"),
        _THREAD,
    )
    return Node(
        service,
        f"{operation} {table}",
        CLIENT,
        attributes,
        median_ms,
        sigma=0.7,
        chance=chance,
        error_rate=error_rate,
        error=("OperationalError", "canceling statement due to statement timeout"),
    )


def cache(service: str, operation: str, median_ms: float = 0.3, chance: float = 1.0) -> Node:
    """A CLIENT span of a Redis command, with an event that names the outcome."""
    attributes = (
        Attribute("db.system.name", "redis"),
        Attribute("db.namespace", "0"),
        Attribute("db.operation.name", operation),
        Attribute("db.query.text", operation + " shop:{}", pool="product"),
        Attribute("server.address", "cache.shop.internal"),
        Attribute("server.port", "6379", "intValue"),
        Attribute("cache.ttl_seconds", "300", "intValue"),
        Attribute("cache.hit", "true", "boolValue"),
        Attribute("cache.lookup_ms", "0.{}", "doubleValue", "thread"),
        _THREAD,
    )
    return Node(service, operation, CLIENT, attributes, median_ms, chance=chance, event="cache.lookup")


def internal(service: str, name: str, median_ms: float, *children: Node, error_rate: float = 0.0) -> Node:
    """An INTERNAL span of the service's own work."""
    attributes = (
        Attribute("code.function.name", f"shop.{service}.{name}"),
        Attribute("code.file.path", f"/srv/shop/{service}/handlers.py"),
        Attribute("code.line.number", "118", "intValue"),
        Attribute("shop.order.id", "{}", pool="order"),
        Attribute("shop.items", "{}", "intValue", "thread"),
        Attribute("shop.is_priority", "false", "boolValue"),
        Attribute("shop.region", "eu-central-1"),
        Attribute("shop.experiment", "control"),
        _THREAD,
        _USER,
    )
    return Node(
        service,
        name,
        INTERNAL,
        attributes,
        median_ms,
        children,
        error_rate=error_rate,
        error=("ValueError", "inconsistent order state"),
    )


def external(
    service: str, host: str, path: str, median_ms: float, error_rate: float, resend_count: int = 0
) -> Node:
    """A CLIENT span of a call to a host outside, which nobody instruments."""
    attributes = (
        Attribute("http.request.method", "POST"),
        Attribute("url.full", f"https://{host}{path}"),
        Attribute("server.address", host),
        Attribute("server.port", "443", "intValue"),
        Attribute("http.request.body.size", "{}", "intValue", "bytes"),
        Attribute("network.protocol.version", "1.1"),
        Attribute("tls.protocol.version", "1.3"),
        Attribute("http.request.resend_count", str(resend_count), "intValue"),
        _THREAD,
    )
    return Node(
        service,
        "POST",
        CLIENT,
        attributes,
        median_ms,
        sigma=0.6,
        error_rate=error_rate,
        error=("ConnectionError", f"{host}: connection reset by peer"),
        status=("http.response.status_code", "502"),
    )


def message(
    sender: str, topic: str, receiver: str, *children: Node, chance: float = 1.0, error_rate: float = 0.001
) -> Node:
    """A PRODUCER span whose message a CONSUMER span of another service processes later, linked to it."""
    shared = (
        Attribute("messaging.system", "kafka"),
        Attribute("messaging.destination.name", topic),
        Attribute("messaging.destination.partition.id", "{}", pool="thread"),
        Attribute("messaging.message.body.size", "{}", "intValue", "bytes"),
        Attribute("messaging.message.id", "{}", pool="order"),
        Attribute("server.address", "kafka.shop.internal"),
        Attribute("server.port", "9092", "intValue"),
    )
    consumer = Node(
        receiver,
        f"process {topic}",
        CONSUMER,
        (
            *shared,
            Attribute("messaging.operation.type", "process"),
            Attribute("messaging.operation.name", "process"),
            Attribute("messaging.consumer.group.name", receiver),
            Attribute("messaging.kafka.offset", "{}", "intValue", "bytes"),
        ),
        4.0,
        children,
        error_rate=error_rate,
        error=("DeserializationError", "unknown schema version"),
        is_detached=True,
    )
    producer = (
        *shared,
        Attribute("messaging.operation.type", "send"),
        Attribute("messaging.operation.name", "send"),
        _THREAD,
    )
    return Node(sender, f"send {topic}", PRODUCER, producer, 0.7, (consumer,), chance=chance)

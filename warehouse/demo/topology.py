"""The generated shop: thirty services, the fixed graph of their calls, and how often each request comes."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.demo.calls import (
    cache,
    database,
    external,
    http_call,
    http_server,
    internal,
    message,
    rpc_call,
)
from warehouse.demo.spans import Node


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of request: its tree of spans, its share of all requests, its tracestate."""

    root: Node
    weight: float
    trace_state: str = ""


def _authenticate(caller: str) -> Node:
    return rpc_call(
        caller, "auth", "Verify", rpc_call("auth", "session", "Load", cache("session", "GET")), chance=0.8
    )


def _product(caller: str) -> Node:
    return http_call(
        caller,
        http_server(
            "catalog",
            "GET",
            "/products/{id}",
            cache("catalog", "GET"),
            database("catalog", "SELECT", "products", chance=0.3),
            rpc_call("catalog", "pricing", "Quote", database("pricing", "SELECT", "prices", 1.2)),
            rpc_call("catalog", "stock", "Available", cache("stock", "HGET")),
            path="/products/{}",
            pool="product",
            is_parallel=True,
        ),
    )


def _recommendations(caller: str) -> Node:
    return rpc_call(
        caller,
        "recommendation",
        "ForUser",
        cache("recommendation", "MGET"),
        internal("recommendation", "rank", 9.0),
        rpc_call("recommendation", "catalog", "List", database("catalog", "SELECT", "products", 3.0)),
        chance=0.7,
    )


def _cart(caller: str) -> Node:
    return http_call(
        caller,
        http_server(
            "cart",
            "POST",
            "/cart/items",
            cache("cart", "GET"),
            rpc_call("cart", "coupon", "Apply", database("coupon", "SELECT", "coupons"), chance=0.3),
            cache("cart", "SET"),
        ),
    )


def _pay(caller: str) -> Node:
    return rpc_call(
        caller,
        "payment",
        "Charge",
        rpc_call("payment", "fraud", "Score", internal("fraud", "score", 6.0)),
        external("payment", "api.bank.example", "/v2/charges", 120.0, 0.012),
        database("payment", "INSERT", "charges"),
        message("payment", "payment.settled", "ledger", database("ledger", "INSERT", "entries")),
        error_rate=0.002,
    )


def _order_placed(sender: str) -> Node:
    return message(
        sender,
        "order.placed",
        "fulfilment",
        database("fulfilment", "INSERT", "shipments"),
        rpc_call("fulfilment", "stock", "Reserve", database("stock", "UPDATE", "stock")),
        rpc_call(
            "fulfilment",
            "shipping",
            "Label",
            external("shipping", "api.parcel.example", "/labels", 80.0, 0.006),
        ),
        message(
            "fulfilment",
            "mail.requested",
            "notification",
            rpc_call(
                "notification", "email", "Send", external("email", "smtp.example", "/send", 45.0, 0.003)
            ),
        ),
    )


def _checkout(edge: str) -> Node:
    return http_call(
        edge,
        http_server(
            "checkout",
            "POST",
            "/checkout",
            internal("checkout", "validate", 1.5, error_rate=0.002),
            rpc_call("checkout", "cart", "Get", cache("cart", "GET")),
            rpc_call("checkout", "tax", "Compute", database("tax", "SELECT", "rates", 0.9)),
            rpc_call("checkout", "loyalty", "Points", database("loyalty", "SELECT", "accounts"), chance=0.5),
            rpc_call("checkout", "currency", "Convert", cache("currency", "GET")),
            _pay("checkout"),
            rpc_call("checkout", "order", "Create", database("order", "INSERT", "orders", 3.5)),
            _order_placed("checkout"),
            message("checkout", "events.tracked", "analytics", database("analytics", "INSERT", "events")),
        ),
    )


def _edge(edge: str, method: str, route: str, *calls: Node, is_parallel: bool = False) -> Node:
    """A request at the gateway, passed on to one of the two front ends."""
    front = http_server(edge, method, route, *calls, is_parallel=is_parallel)
    return http_server(
        "gateway",
        method,
        f"/{'m' if edge == 'mobile-bff' else 'web'}{route}",
        _authenticate("gateway"),
        http_call("gateway", front),
        median_ms=1.2,
    )


def _images(caller: str) -> Node:
    return http_call(
        caller,
        http_server("media", "GET", "/images/{id}", cache("media", "GET"), path="/images/{}", pool="product"),
    )


def _orders(caller: str) -> Node:
    return http_call(
        caller,
        http_server(
            "order",
            "GET",
            "/orders/{id}",
            database("order", "SELECT", "orders"),
            rpc_call("order", "customer", "Profile", database("customer", "SELECT", "customers")),
            path="/orders/{}",
            pool="order",
        ),
    )


def _search(caller: str) -> Node:
    server = http_server(
        "search", "GET", "/search", internal("search", "query_index", 14.0), cache("search", "SET")
    )
    return http_call(caller, server)


def _review(caller: str) -> Node:
    server = http_server(
        "review",
        "POST",
        "/reviews",
        database("review", "INSERT", "reviews"),
        message("review", "events.tracked", "analytics", database("analytics", "INSERT", "events")),
    )
    return http_call(caller, server)


def _scheduled(job: str, *steps: Node) -> Node:
    return internal("scheduler", job, 2.0, *steps)


SHAPES: tuple[Shape, ...] = (
    Shape(
        _edge("web-bff", "GET", "/home", _recommendations("web-bff"), _images("web-bff"), is_parallel=True),
        20,
    ),
    Shape(
        _edge(
            "web-bff",
            "GET",
            "/product",
            _product("web-bff"),
            _images("web-bff"),
            _recommendations("web-bff"),
            is_parallel=True,
        ),
        24,
    ),
    Shape(_edge("web-bff", "GET", "/search", _search("web-bff")), 14),
    Shape(_edge("web-bff", "POST", "/cart", _cart("web-bff"), _product("web-bff")), 8),
    Shape(_edge("web-bff", "POST", "/checkout", _checkout("web-bff")), 3),
    Shape(_edge("web-bff", "GET", "/orders", _orders("web-bff")), 5),
    Shape(_edge("web-bff", "POST", "/reviews", _review("web-bff")), 2),
    Shape(
        _edge("mobile-bff", "GET", "/home", _recommendations("mobile-bff"), _product("mobile-bff")),
        14,
        "ot=th:8",
    ),
    Shape(_edge("mobile-bff", "POST", "/cart", _cart("mobile-bff")), 6),
    Shape(_edge("mobile-bff", "POST", "/checkout", _checkout("mobile-bff")), 2),
    Shape(
        _scheduled(
            "sync_stock", rpc_call("scheduler", "stock", "Sync", database("stock", "UPDATE", "stock", 30.0))
        ),
        1,
    ),
    Shape(
        _scheduled(
            "run_invoices",
            rpc_call(
                "scheduler",
                "invoice",
                "Run",
                database("invoice", "SELECT", "orders", 60.0),
                message(
                    "invoice", "mail.requested", "notification", rpc_call("notification", "email", "Send")
                ),
                database("invoice", "INSERT", "invoices", 20.0),
            ),
        ),
        1,
    ),
)

SERVICES: tuple[str, ...] = tuple(sorted({node.service for shape in SHAPES for node in shape.root.walk()}))


def calls() -> frozenset[tuple[str, str]]:
    """(caller, callee) for every pair of services where a span of one is parent of a span of the other."""
    return frozenset(
        (node.service, child.service)
        for shape in SHAPES
        for node in shape.root.walk()
        for child in node.children
        if child.service != node.service
    )

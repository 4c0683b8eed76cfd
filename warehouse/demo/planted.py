"""Habits that analysts look for, planted into the shop's traffic and therefore known."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from warehouse.demo.calls import database, external, http_call, http_server, rpc_call
from warehouse.demo.spans import Attribute, Node
from warehouse.demo.topology import Shape

REPEATED_QUERIES = 12
"""Queries that `GET /wishlist` of customer makes one after the other, where one would do."""
PARALLEL_CALLS = 24
"""Calls that `GET /compare` of catalog makes at once."""
FAILING_ATTEMPTS = 2
"""Attempts of payment's `Refund` that fail before one succeeds."""
USER = "u-777777"
"""Only requests of `GET /account` come from this user: drawn users have numbers below 100,000."""


@dataclass(frozen=True, slots=True)
class SlowDeploy:
    """From `date` on, `service` runs `version`, whose spans spend `factor` times as long themselves."""

    service: str
    version: str
    date: dt.date
    factor: float


@dataclass(frozen=True, slots=True)
class Planted:
    """What a history holds beside the shop's everyday traffic."""

    shapes: tuple[Shape, ...] = ()
    deploy: SlowDeploy | None = None

    def versions(self, date: dt.date) -> dict[str, str]:
        """Versions of services that differ from the shop's own."""
        return {self.deploy.service: self.deploy.version} if self.deploy and date >= self.deploy.date else {}

    def slowness(self, date: dt.date) -> dict[str, float]:
        """How many times longer than usual the spans of a service take, by service."""
        return {self.deploy.service: self.deploy.factor} if self.deploy and date >= self.deploy.date else {}


NOTHING = Planted()


def habits(deploy_date: dt.date) -> Planted:
    """One of each: repeated queries, retries, parallel calls, a user's requests, and a slow deploy of tax."""
    return Planted(
        (
            Shape(_entered(_repeating()), 1),
            Shape(_entered(_retrying()), 1),
            Shape(_entered(_calling_at_once()), 1),
            Shape(_entered(_of_one_user()), 0.5),
        ),
        SlowDeploy("tax", "3.0.0", deploy_date, 3.0),
    )


def _entered(server: Node) -> Node:
    """The service's request behind the gateway."""
    method, _, route = server.name.partition(" ")
    return http_server("gateway", method, f"/web{route}", http_call("gateway", server), median_ms=1.2)


def _repeating() -> Node:
    items = [database("customer", "SELECT", "wishlist_items") for _ in range(REPEATED_QUERIES)]
    return http_server("customer", "GET", "/wishlist", database("customer", "SELECT", "wishlists"), *items)


def _retrying() -> Node:
    attempts = [
        external(
            "payment",
            "api.bank.example",
            "/v2/refunds",
            90.0,
            1.0 if attempt < FAILING_ATTEMPTS else 0.0,
            resend_count=attempt,
        )
        for attempt in range(FAILING_ATTEMPTS + 1)
    ]
    server = http_server("payment", "POST", "/refunds", *attempts)
    # The last attempt succeeds, so the request does not fail.
    return dataclasses.replace(server, swallows=True)


def _calling_at_once() -> Node:
    quotes = [rpc_call("catalog", "pricing", "Quote") for _ in range(PARALLEL_CALLS)]
    return http_server("catalog", "GET", "/compare", *quotes, is_parallel=True)


def _of_one_user() -> Node:
    server = http_server("customer", "GET", "/account", database("customer", "SELECT", "customers"))
    others = tuple(a for a in server.attributes if a.key != "user.id")
    return dataclasses.replace(server, attributes=(*others, Attribute("user.id", USER)))

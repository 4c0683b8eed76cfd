"""Asking a running Superset by its API."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Published:
    """A lake and the file that was published from it."""

    lake: Path
    warehouse: Path


@dataclass
class RunningSuperset:
    """A Superset on loopback and its administrator."""

    url: str
    password: str
    headers: dict[str, str] = field(default_factory=dict)

    def log_in(self) -> None:
        asked = {"username": "admin", "password": self.password, "provider": "db", "refresh": False}
        answer = urllib3.request("POST", f"{self.url}/api/v1/security/login", json=asked, timeout=60)
        self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str) -> Any:
        answer = urllib3.request("GET", f"{self.url}/api/v1/{path}", headers=self.headers, timeout=120)
        assert answer.status == 200, answer.data[:2000]
        return answer.json()

    def charts(self) -> dict[str, int]:
        """UUID -> number of every chart."""
        return {chart["uuid"]: chart["id"] for chart in self.get("chart/?q=(page_size:500)")["result"]}

    def chart_data(self, number: int) -> list[dict[str, Any]]:
        (result,) = self.get(f"chart/{number}/data/")["result"]
        assert result["error"] is None, result["error"]
        return list(result["data"])

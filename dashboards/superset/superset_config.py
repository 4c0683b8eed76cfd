"""Superset's settings: state in one folder, nothing sent anywhere, no cache before the served file."""

import os
from pathlib import Path

_HOME = Path(os.environ["SUPERSET_HOME"])

SECRET_KEY = (_HOME / "secret-key").read_text(encoding="utf-8")
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_HOME / 'superset.db'}"
# A trace's waterfall asks for the trace that is chosen on the page.
FEATURE_FLAGS = {"ENABLE_TEMPLATE_PROCESSING": True}
# A newly published file has to show at the next query.
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
# As long as the web server's workers may take: a month of cubes on a busy machine needs more than the minute.
SUPERSET_WEBSERVER_TIMEOUT = 120
# Pages load nothing from other hosts.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}

LOG_LEVEL = "WARNING"

"""Keys for one purpose each, which follow from the key of the vault (HMAC-SHA256)."""

import hmac

from intelligence.platform.settings import VAULT_KEY, secret

# The name that SQL gives the key of the landed feeds.
LANDING_KEY = "landing"


def derived_key(purpose: str) -> bytes:
    """Return the key for one purpose that follows from the vault's key (256 bits)."""
    return hmac.digest(secret(VAULT_KEY).encode(), purpose.encode(), "sha256")


def feeds_key() -> bytes:
    """Return the key that hashes of delivered files are made under."""
    return derived_key("hashes of delivered files")

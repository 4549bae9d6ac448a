"""Tokens as the Bot Framework signs them, by a key that was made for this run of the tests."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.teams.tenancy import CLIENT_ID

ISSUER = "https://api.botframework.com"
KEY_ID = "test-key"


@lru_cache
def private_key(name: str = KEY_ID) -> rsa.RSAPrivateKey:
    """Return the key of a name, the same one throughout the run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_set(*names: str) -> dict[str, Any]:
    """Return the public halves, as the Bot Framework publishes them."""
    keys = []
    for name in names or (KEY_ID,):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(name).public_key()))
        keys.append({**public, "kid": name, "use": "sig", "alg": "RS256", "endorsements": ["msteams"]})
    return {"keys": keys}


def claims(service_url: str, **changed: Any) -> dict[str, Any]:
    """Return the claims of a token for one activity; a change to None leaves the claim out."""
    now = int(time.time())
    given = {"iss": ISSUER, "aud": CLIENT_ID, "serviceurl": service_url, "nbf": now - 5, "iat": now, "exp": now + 3600}
    return {name: value for name, value in (given | changed).items() if value is not None}


def token(service_url: str, key: str = KEY_ID, kid: str = KEY_ID, algorithm: str = "RS256", **changed: Any) -> str:
    """Return a signed token; every part of it may be wrong."""
    signed_by: Any = {"none": None, "HS256": "not a key " * 4}.get(algorithm, private_key(key))
    payload = json.dumps(claims(service_url, **changed)).encode()
    return jwt.api_jws.encode(payload, signed_by, algorithm=algorithm, headers={"kid": kid, "typ": "JWT"})


def bot_token(**changed: Any) -> str:
    """Return a token as Entra gives to the bot; the invented connector takes no other."""
    now = int(time.time())
    given = {"aud": ISSUER, "appid": CLIENT_ID, "iat": now, "exp": now + 86_400}
    return jwt.encode(given | changed, private_key("entra"), algorithm="RS256", headers={"kid": "entra"})

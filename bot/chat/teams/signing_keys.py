"""The Bot Framework's signing keys, fetched by a thread of their own: no activity waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from jwt import PyJWK, PyJWKClient, PyJWKClientError, PyJWTError

from bot.logs.setup import log, unexpected

#: Seconds between two fetches, and at least so many after an activity with a key that is not known.
EVERY_SECONDS = 240.0
COOLDOWN_SECONDS = 30.0
#: Keys that could not be fetched anew for this long are not used: one of them may have been withdrawn.
LAST_SECONDS = 24 * 3600.0


class SigningKeys(PyJWKClient):
    """PyJWT's client, with the fetching taken off the way of an activity.

    An activity whose key is not known is refused, and has the keys fetched: Microsoft publishes a key days before it
    signs with it.
    """

    def __init__(self, uri: str, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(uri, cache_jwk_set=False, timeout=timeout)
        self._clock = clock
        self._known: dict[str, PyJWK] = {}
        self._fetched = 0.0
        self._wanted = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="teams-keys", daemon=True)

    @property
    def are_usable(self) -> bool:
        return bool(self._known) and self._clock() - self._fetched <= LAST_SECONDS

    def refresh(self) -> None:
        """Fetch the keys; raise PyJWTError, and keep those of before, where they cannot be had."""
        found = self.get_signing_keys(refresh=True)
        self._known = {str(key.key_id): key for key in found}
        self._fetched = self._clock()

    def try_refresh(self) -> None:
        """Fetch the keys; where they cannot be had, those of before stay, and they are fetched again soon."""
        try:
            self.refresh()
        except (PyJWTError, OSError, ValueError) as fault:
            log("the signing keys of Teams were not fetched", outcome=type(fault).__name__)
            self._wanted.set()

    def get_signing_key(self, kid: Any) -> PyJWK:
        """Return a key that is known already; the SDK calls this for each activity."""
        found = self._known.get(kid) if isinstance(kid, str) else None
        if found is None or not self.are_usable:
            self._wanted.set()
            raise PyJWKClientError("no key of this id is known")
        return found

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._wanted.set()

    def _keep(self) -> None:
        while not self._over.wait(COOLDOWN_SECONDS):
            self._wanted.wait(EVERY_SECONDS - COOLDOWN_SECONDS)
            self._wanted.clear()
            if self._over.is_set():
                return
            try:
                self.try_refresh()
            except Exception as fault:  # this thread must not end
                unexpected(fault)

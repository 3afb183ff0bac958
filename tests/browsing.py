"""Talking to the live portal over HTTP as a signed-in person, without a browser."""

from __future__ import annotations

import re

import requests
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def signed_in(user: User, base_url: str) -> requests.Session:
    """A client that holds a session of the person, as after signing in."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    client = requests.Session()
    client.cookies.set(settings.SESSION_COOKIE_NAME, store.session_key, domain="127.0.0.1")
    client.headers["Referer"] = base_url
    return client


def token_on(client: requests.Session, url: str) -> str:
    """The form token of a page."""
    page = client.get(url, timeout=60)
    assert page.status_code == 200, f"{url}: {page.status_code}"
    found = TOKEN.search(page.text)
    assert found, f"{url} has no form"
    return found[1]

"""Pages whose address is the right to them: links in letters, on a wall, in a chat (quality.md "Security")."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt


def secret_page(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """Tell the address to nobody: no referrer, no search engine, no cache. The view must not act for a session's user.

    Without a referrer browsers send ``Origin: null`` with a form, which Django's check refuses. That check keeps others
    from using one's session; here no session takes part, and who doesn't know the address can't send the form.
    """

    @csrf_exempt
    @never_cache
    @wraps(view)
    def inner(*args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(*args, **kwargs)
        answer["Referrer-Policy"] = "no-referrer"
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return inner

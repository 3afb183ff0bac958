"""What load balancers and container engines ask: is the process alive, and can it serve people."""

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

ONCE = Retry(NoBackoff(), 0)


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 while people can work: the database answers. A missing broker only delays mail and documents."""
    if not database_answers():
        return JsonResponse({"status": "unavailable", "database": False}, status=503)
    broker = broker_answers()
    return JsonResponse({"status": "ready" if broker else "degraded", "database": True, "broker": broker})


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def broker_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=ONCE) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False

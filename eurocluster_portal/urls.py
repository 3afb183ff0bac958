"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from eurocluster_portal import health, pages

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("healthz/live", health.live, name="health_live"),
    path("healthz/ready", health.ready, name="health_ready"),
    path("developer/styleguide/", pages.styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
    path("", include("notifications.urls")),
]

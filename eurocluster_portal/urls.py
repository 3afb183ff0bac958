"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from eurocluster_portal import health, pages, views

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk, name="desk"),
    path("accounts/", include("allauth.urls")),
    path("healthz/live", health.live, name="health_live"),
    path("healthz/ready", health.ready, name="health_ready"),
    path("developer/styleguide/", pages.styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
    path("", include("notifications.urls")),
    path("", include("calls.urls")),
    path("", include("applications.urls")),
    path("", include("evaluation.urls")),
]

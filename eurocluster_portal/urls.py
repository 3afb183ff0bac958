"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from calls.views import country_lists
from eurocluster_portal import background, health, pages, sessions, views

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk, name="desk"),
    path("manage/calls/<slug:code>/", views.call_manage, name="call_manage"),
    path("manage/country-lists/", country_lists.country_list_list, name="country_list_list"),
    path("manage/background-work/", background.job_list, name="job_list"),
    path("manage/background-work/retry/", background.jobs_retry, name="jobs_retry"),
    path("manage/background-work/<int:pk>/retry/", background.job_retry, name="job_retry"),
    path("manage/background-work/<int:pk>/give-up/", background.job_give_up, name="job_give_up"),
    path("manage/<slug:slug>/", views.manage_eurocluster, name="manage_eurocluster"),
    path("accounts/stay-signed-in/", sessions.session_renew, name="session_renew"),
    path("accounts/", include("allauth.urls")),
    path("healthz/live", health.live, name="health_live"),
    path("healthz/ready", health.ready, name="health_ready"),
    path("developer/styleguide/", pages.styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
    path("", include("eurocluster_portal.plots.urls")),
    path("", include("eurocluster_portal.lists.urls")),
    path("", include("notifications.urls")),
    path("", include("calls.urls")),
    path("", include("applications.urls")),
    path("", include("evaluation.urls")),
    path("", include("vouchers.urls")),
]

"""Addresses of calls and Euroclusters."""

from django.urls import path

from calls.views import public

urlpatterns = [
    path("calls/", public.call_list, name="call_list"),
    path("calls/<slug:code>/", public.call_detail, name="call_detail"),
    path("euroclusters/accents.css", public.accents_css, name="accents_css"),
    path("euroclusters/<slug:slug>/", public.eurocluster_detail, name="eurocluster_detail"),
]

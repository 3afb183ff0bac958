"""Addresses of the figures."""

from django.urls import path

from eurocluster_portal.plots import views

urlpatterns = [
    path("manage/calls/<slug:code>/figures/", views.call_figures, name="call_figures"),
    path("manage/calls/<slug:code>/figures/<slug:plot>.<slug:kind>", views.call_figure_file, name="call_figure_file"),
    path("manage/<slug:slug>/figures/", views.eurocluster_figures, name="eurocluster_figures"),
    path(
        "manage/<slug:slug>/figures/<slug:plot>.<slug:kind>",
        views.eurocluster_figure_file,
        name="eurocluster_figure_file",
    ),
]

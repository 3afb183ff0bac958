"""Addresses of what is known of other funding: overlaps with other applications, de minimis aid of an organisation."""

from django.urls import path

from applications.views import de_minimis, overlaps

urlpatterns = [
    path("organisations/<int:pk>/de-minimis/", de_minimis.de_minimis_aid, name="de_minimis_aid"),
    path("organisations/<int:pk>/de-minimis/<int:aid>/remove/", de_minimis.de_minimis_remove, name="de_minimis_remove"),
    path("manage/applications/<int:pk>/overlaps/", overlaps.overlap_list, name="overlap_list"),
    path("manage/applications/<int:pk>/overlaps/<int:other>/", overlaps.overlap_detail, name="overlap_detail"),
]

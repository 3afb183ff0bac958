"""Addresses of what is known of other funding: overlaps with other applications."""

from django.urls import path

from applications.views import overlaps

urlpatterns = [
    path("manage/applications/<int:pk>/overlaps/", overlaps.overlap_list, name="overlap_list"),
    path("manage/applications/<int:pk>/overlaps/<int:other>/", overlaps.overlap_detail, name="overlap_detail"),
]

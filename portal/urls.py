"""Addresses: the admin is the portal."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from portal.language import choose

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", choose, name="set_language"),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]

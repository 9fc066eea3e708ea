"""All URLs of the portal. Each app has its own `urls`; the access matrix of the tests lists every URL."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

admin.autodiscover()

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("sipcabinet.site.urls")),
    path("", include("accounts.urls")),
    path("", include("subscribers.urls")),
    path("", include("billing.urls")),
    path("", include("announcements.urls")),
    path("", include("operator_profile.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("sipcabinet.demo.urls")))

handler400 = "sipcabinet.site.errors.bad_request"
handler403 = "sipcabinet.site.errors.forbidden"
handler404 = "sipcabinet.site.errors.not_found"
handler500 = "sipcabinet.site.errors.server_error"

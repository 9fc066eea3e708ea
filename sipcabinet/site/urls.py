from django.urls import URLPattern, path

from sipcabinet.site import theme
from sipcabinet.site.views.health import health
from sipcabinet.site.views.home import home

app_name = "site"
urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("health/", health, name="health"),
    path("theme/", theme.choose, name="theme"),
]

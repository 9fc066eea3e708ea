from django.urls import URLPattern, path

from sipcabinet.site import theme
from sipcabinet.site.views.health import alive, health, ready
from sipcabinet.site.views.home import home
from sipcabinet.site.views.security_txt import security_txt

app_name = "site"
urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("health/", health, name="health"),
    path("healthz", alive, name="alive"),
    path("readyz", ready, name="ready"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("theme/", theme.choose, name="theme"),
]

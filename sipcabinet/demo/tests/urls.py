"""The portal's URLs and those of the demo, whether DEMO is set or not."""

from django.urls import include, path

urlpatterns = [path("demo/", include("sipcabinet.demo.urls")), path("", include("sipcabinet.urls"))]

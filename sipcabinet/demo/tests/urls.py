"""The portal's addresses with those of the demo, whether DEMO is set or not."""

from django.urls import include, path

from sipcabinet.urls import urlpatterns as portal

urlpatterns = [*portal, path("demo/", include("sipcabinet.demo.urls"))]

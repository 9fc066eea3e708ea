from django.urls import path

from operator_profile import views

app_name = "operator_profile"
urlpatterns = [
    path("face.css", views.stylesheet, name="stylesheet"),
    path("face/<int:version>/logo/", views.logo, name="logo"),
]

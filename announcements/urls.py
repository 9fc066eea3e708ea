from django.urls import path

from announcements import views

app_name = "announcements"
urlpatterns = [path("announcements/<int:announcement_pk>/hide/", views.hide, name="hide")]

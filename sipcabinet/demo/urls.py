from django.urls import path

from sipcabinet.demo import views

app_name = "demo"
urlpatterns = [
    path("mailbox/", views.letters, name="mailbox"),
    path("mailbox/<str:key>/", views.letter, name="letter"),
    path("mailbox/<str:key>/html/", views.letter_html, name="letter_html"),
    path("mailbox/<str:key>/files/<int:number>/", views.attachment, name="attachment"),
]

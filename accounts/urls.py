from django.urls import URLPattern, path

from accounts.views import help as help_views
from accounts.views import password, second_factor, security, sign_in

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", second_factor.verify, name="second_factor"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("keep-alive/", sign_in.keep_alive, name="keep_alive"),
    path("forgot-password/", sign_in.forgot, name="forgot"),
    path("forgot-password/sent/", sign_in.forgot_sent, name="forgot_sent"),
    path("password/", password.change, name="password_change"),
    path("security/", security.security, name="security"),
    path("security/sessions/end-others/", security.end_other_sessions, name="end_other_sessions"),
    path("security/sessions/<uuid:public_id>/end/", security.end_session, name="end_session"),
    path("security/code/on/", second_factor.turn_on, name="second_factor_on"),
    path("security/code/off/", second_factor.turn_off, name="second_factor_off"),
    path("security/code/recovery/", second_factor.recovery_codes, name="recovery_codes"),
    path("journal/", security.journal, name="journal"),
    path("help/", help_views.help_page, name="help"),
]

"""Removes the libraries' admin pages, which show keys and recovery codes; the login's page has the second factor."""

from django.contrib import admin
from django_otp.plugins.otp_static import admin as _static  # noqa: F401 - it registers what is unregistered here
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp import admin as _totp  # noqa: F401
from django_otp.plugins.otp_totp.models import TOTPDevice

admin.site.unregister([StaticDevice, TOTPDevice])

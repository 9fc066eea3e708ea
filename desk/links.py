"""URLs of the objects that pages of the desk name."""

from django.db import models
from django.urls import reverse


def of_row(model: type[models.Model], pk: int) -> str:
    """The page of a row among Django's pages of its table."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])


def of_customer(pk: int) -> str:
    """The page of a customer: all that staff need to answer a telephone call."""
    return reverse("admin:desk_customer", args=[pk])

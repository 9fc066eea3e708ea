"""Shows the refusal of a service in the form that asked for the change."""

from django import forms

from sipcabinet.lib.errors import DomainError


def show(form: forms.BaseForm, refusal: DomainError, **fields: str) -> None:
    """Adds the message beside the field that `refusal.field` names, or at the top of the form.

    `fields` gives the form's names of fields whose names in the service differ.
    """
    field = getattr(refusal, "field", "")
    field = fields.get(field, field)
    form.add_error(field if field in form.fields else None, refusal.message)

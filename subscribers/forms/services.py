"""Forms to choose services to add or remove, and to enter their parameters (3.2)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import money
from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from subscribers.models import MinuteAssignment, MinutePackage, Service, ServiceParameter, Subscriber
from subscribers.selectors.minute_packages import MinuteOffer
from subscribers.selectors.services import Assigned, Offer
from subscribers.services import service_parameters
from subscribers.services.service_parameters import ParametersError
from subscribers.services.service_rules import ServiceError, SubscriberServices

MINUTES = "minutes-"  # prefix of a minute package's id in the choices: shown, but never accepted
LONGEST_LIST = 2000
_BETWEEN_NUMBERS = re.compile(r"[\n\r,;]+")


class ServicesForm(Form):
    """Services to choose from. Unavailable ones are shown disabled with the reason, and the rules refuse them too."""

    services = forms.MultipleChoiceField(
        label=gettext_lazy("Услуги"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Отметьте хотя бы одну услугу"),
            "invalid_choice": gettext_lazy("Отметьте услуги из списка"),
            "invalid_list": gettext_lazy("Отметьте услуги из списка"),
        },
    )

    def __init__(self, *args: Any, standing: SubscriberServices, known: Iterable[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._standing = standing
        self._known = {str(service.pk): service for service in known}

    def offer(self, choices: Sequence[tuple[str, Option]]) -> None:
        """Sets the choices to show."""
        field: Any = self.fields["services"]
        field.choices = choices

    def clean_services(self) -> list[Service]:
        picked = [self._known[key] for key in dict.fromkeys(self.cleaned_data["services"]) if key in self._known]
        try:
            self.check(picked)
        except ServiceError as refusal:
            raise forms.ValidationError(refusal.message) from None
        return picked

    def check(self, picked: list[Service]) -> None:
        """Raises ServiceError if the rules refuse the picked services."""
        raise NotImplementedError


class AddForm(ServicesForm):
    """«Добавление услуг»."""

    def check(self, picked: list[Service]) -> None:
        self._standing.require_addable(picked)


class RemoveForm(ServicesForm):
    """«Удаление услуг»."""

    def check(self, picked: list[Service]) -> None:
        self._standing.require_removable(picked)


class ParametersForm(Form):
    """Parameters of the chosen services: a field for each service that needs one."""

    def __init__(self, *args: Any, subscriber: Subscriber, services: Iterable[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._subscriber = subscriber
        self._services = [service for service in services if service.parameter]
        self.parameters: dict[int, dict[str, Any]] = {}
        for service in self._services:
            self.fields[name_of(service)] = _field(service)

    @property
    def asks(self) -> bool:
        """Whether any service needs a parameter."""
        return bool(self._services)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The parameters of a valid form as hidden fields."""
        return [(name_of(service), typed(self.parameters[service.pk])) for service in self._services]

    def must_change(self, service: Service, kept: Mapping[str, Any]) -> bool:
        """Whether a valid form changes the service's parameters; if not, adds an error to the field."""
        if self.parameters[service.pk] != kept:
            return True
        self.add_error(name_of(service), _("Параметры не изменены"))
        return False

    def clean(self) -> dict[str, Any]:
        for service in self._services:
            text = str(self.cleaned_data.get(name_of(service)) or "")
            if name_of(service) in self.errors:
                continue
            try:
                self.parameters[service.pk] = service_parameters.normal(service, self._subscriber, _given(text))
            except ParametersError as refusal:
                self.add_error(name_of(service), list(refusal.messages))
        return self.cleaned_data


def name_of(service: Service) -> str:
    """The name of the form field for a service's parameters."""
    return f"parameter-{service.pk}"


def typed(parameters: Mapping[str, Any]) -> str:
    """Stored parameters as the text of the form field."""
    return "\n".join(service_parameters.lines(parameters))


def adding(offers: Iterable[Offer], on: Iterable[Assigned], minutes: Iterable[MinuteOffer]) -> list[tuple[str, Option]]:
    """Choices of «Добавление услуг»: services that may be added first, then the others with the reason."""
    choices = [(str(one.service.pk), _offered(one)) for one in offers]
    choices += [(str(one.service.pk), _on_already(one)) for one in on]
    choices += [(f"{MINUTES}{one.package.pk}", _by_application(one.package, one.fee)) for one in minutes]
    return sorted(choices, key=lambda choice: choice[1].disabled)


def removing(on: Iterable[Assigned], minutes: MinuteAssignment | None) -> list[tuple[str, Option]]:
    """Choices of «Удаление услуг»."""
    choices = [(str(one.service.pk), _removable(one)) for one in on]
    if minutes is not None:
        choices.append((f"{MINUTES}{minutes.package_id}", _by_application(minutes.package, None)))
    return sorted(choices, key=lambda choice: choice[1].disabled)


def monthly(fee: Decimal | None) -> str:
    """`1,50 BYN в месяц`."""
    if fee is None:
        return ""
    return _("%(fee)s в месяц") % {"fee": money.show_byn(fee)} if fee else _("бесплатно")


def _offered(one: Offer) -> Option:
    detail = [one.service.description]
    if one.service.by_application:
        detail.append(_("Только по заявлению."))
    elif one.fee is None:
        detail.append(_("Сейчас не подключается: цена не задана."))
    elif one.replaces:
        names = ", ".join(f"«{name}»" for name in one.replaces)
        detail.append(_("Несовместима с подключённой услугой %(names)s: та будет отключена.") % {"names": names})
    return Option(one.service.name, " ".join(filter(None, detail)), monthly(one.fee), not one.is_free_to_choose)


def _on_already(one: Assigned) -> Option:
    return Option(one.service.name, _("Уже подключена."), monthly(one.fee), disabled=True)


def _by_application(package: MinutePackage, fee: Decimal | None) -> Option:
    name = _("Пакет «%(name)s в другие сети»") % {"name": package.name}
    return Option(name, _("Только по заявлению."), monthly(fee), disabled=True)


def _removable(one: Assigned) -> Option:
    by_application = one.service.by_application
    told = service_parameters.in_short(one.assignment.parameters)
    detail = "; ".join(filter(None, [told, _("только по заявлению") if by_application else ""]))
    return Option(one.service.name, detail, monthly(one.fee), disabled=by_application)


def _field(service: Service) -> forms.CharField:
    required = {"required": _("Введите номер, на который переадресовать звонки")}
    if service.parameter == ServiceParameter.FORWARD_TO:
        attrs = {"inputmode": "tel", "autocomplete": "off", "class": "w-m"}
        return forms.CharField(
            label=service.name,
            help_text=_("Куда переадресовать звонки: номер в любом написании, например 44 711-20-30"),
            max_length=40,
            widget=forms.TextInput(attrs=attrs),
            error_messages=required,
        )
    return forms.CharField(
        label=service.name,
        help_text=_("Номера телефонов, каждый с новой строки или через запятую, не больше %(most)d")
        % {"most": service_parameters.MOST_NUMBERS},
        max_length=LONGEST_LIST,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "class": "w-m"}),
        error_messages={"required": _("Введите хотя бы один номер")},
    )


def _given(text: str) -> dict[str, Any]:
    numbers = [part.strip() for part in _BETWEEN_NUMBERS.split(text) if part.strip()]
    return {"forward_to": text, "numbers": numbers}

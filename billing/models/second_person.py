from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sipcabinet.lib import clock


class ProposalState(models.TextChoices):
    WAITING = "waiting", _("ждёт второго")
    DONE = "done", _("проведено")
    REFUSED = "refused", _("отклонено")
    WITHDRAWN = "withdrawn", _("отозвано")


_SELF = Q(decided_by=F("proposed_by"))
_ALONE = Q(counted__lte=F("most_alone"))
# Conditions of check constraints. A decided row has a person and a moment; a waiting one has neither.
DECIDED = (
    Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
    | ~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)
)  # fmt: skip
# Two people above the limit; below it, the one who proposed.
TWO_PEOPLE = (
    Q(state="waiting") & ~_ALONE
    | Q(state="done") & (_ALONE & _SELF | ~_ALONE & ~_SELF)
    | Q(state="refused") & ~_SELF & ~Q(answer="")
    | Q(state="withdrawn") & _SELF
)  # fmt: skip


class SecondPerson(models.Model):
    """The columns of a change of money that one person proposes and, above a limit, another decides (4.12).

    `counted` is what the limit counts: this change together with what the same person did alone lately. Above
    `most_alone` another person decides. `services/two_people.py` has the steps.
    """

    counted = models.DecimalField(max_digits=14, decimal_places=2, editable=False)
    most_alone = models.DecimalField(_("предел, BYN"), max_digits=14, decimal_places=2, editable=False)
    reason = models.CharField(_("основание"), max_length=300)
    state = models.CharField(_("состояние"), max_length=9, choices=ProposalState.choices)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("кто предложил"))
    proposed_at = models.DateTimeField(_("предложено"), default=clock.now)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто решил")
    )
    decided_at = models.DateTimeField(_("решено"), null=True, blank=True)
    answer = models.CharField(_("ответ"), max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def is_waiting(self) -> bool:
        return self.state == ProposalState.WAITING

    @property
    def needs_second(self) -> bool:
        """Whether another person than the proposer decides."""
        return Decimal(self.counted) > Decimal(self.most_alone)

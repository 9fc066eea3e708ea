from django.db import models

from accounts.models import Account
from subscribers.models.call import CallDirection


class PartyTotal(models.Model):
    """Sums of the calls of one subscriber with one other party in a month; for the search by a part of a number (3.6).

    Triggers of the table of calls append rows in the statement that changes calls: what was added, and with a minus
    what was taken away. So the sum over all rows of a party is always right, and `calls.parties` joins rows from time
    to time. `fresh`: not joined yet. Columns are those of CallRecord and CallDailyTotal.
    """

    pk = models.CompositePrimaryKey("subscriber_id", "month", "direction", "other_party")  # not a key of the database
    account = models.ForeignKey(Account, models.DO_NOTHING, db_index=False, db_constraint=False)
    # Not a reference: rows are made from calls, whose own reference is checked.
    subscriber_id = models.BigIntegerField()
    month = models.DateField()
    charged_in = models.DateField()
    direction = models.CharField(max_length=3, choices=CallDirection.choices)
    other_party = models.CharField(max_length=32)
    destination_id = models.BigIntegerField(null=True)
    calls = models.IntegerField()
    answered = models.IntegerField()
    talk_seconds = models.BigIntegerField()
    billed_seconds = models.BigIntegerField()
    included_seconds = models.BigIntegerField()
    cost = models.DecimalField(max_digits=16, decimal_places=6)
    fresh = models.BooleanField(default=True)

    class Meta:
        # SQL in the migration creates the table, its index and the triggers.
        managed = False
        db_table = "subscribers_partytotal"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.month:%m.%Y}"

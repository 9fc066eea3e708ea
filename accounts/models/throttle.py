from django.db import models


class Throttle(models.Model):
    """A counter of attempts: per number, per network and so on (1.2). The key is a keyed hash, never a plain number.

    The window begins with the first attempt; the first attempt after the window's end begins a new one.
    """

    key = models.CharField(max_length=64, primary_key=True)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["window_start"], name="throttle_age")]

    def __str__(self) -> str:
        return self.key[:8]

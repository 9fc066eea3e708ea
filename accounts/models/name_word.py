from django.contrib.postgres.indexes import GinIndex
from django.db import models


class NameWord(models.Model):
    """A word of a customer's present or former name, in the spelling of `sipcabinet.lib.spelling.plain`.

    Words are few beside names, so the desk's search looks here for words near to a mistyped one (4.1). A trigger on
    customers adds the words.
    """

    word = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name = "слово наименований"
        verbose_name_plural = "слова наименований"
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="name_word_parts")]

    def __str__(self) -> str:
        return self.word

"""What the desk's search finds by (4.1): trigrams of texts, functions for any case and ё = е, words of names.

pg_trgm is a trusted extension: the owner of the database may create it. The portal works while the indexes are built.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models import F

from sipcabinet.lib import spelling
from sipcabinet.lib.live_index import AddLiveIndex
from sipcabinet.lib.rls import SharedTable
from sipcabinet.lib.spelling import Plain

ADD_WORDS = """
INSERT INTO accounts_nameword (word) SELECT word FROM sipcabinet_words(NEW.name) AS word ON CONFLICT DO NOTHING
"""
# A name that is written while the words of older names are read adds its words itself.
KEEP_WORDS = f"""
CREATE OR REPLACE FUNCTION accounts_keep_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {ADD_WORDS}; RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER name_words AFTER INSERT OR UPDATE OF name ON accounts_customer
FOR EACH ROW EXECUTE FUNCTION accounts_keep_name_words();
INSERT INTO accounts_nameword (word)
SELECT DISTINCT word FROM accounts_customer, sipcabinet_words(name) AS word ON CONFLICT DO NOTHING;
"""  # noqa: S608 - constants
FORGET_WORDS = "DROP TRIGGER name_words ON accounts_customer; DROP FUNCTION accounts_keep_name_words();"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0008_stopped_work")]
    operations = [
        TrigramExtension(),
        migrations.RunSQL(spelling.CREATE_FUNCTIONS, spelling.DROP_FUNCTIONS),
        AddLiveIndex(
            model_name="account",
            index=GinIndex(
                OpClass(F("number"), name="gin_trgm_ops"),
                OpClass(Plain(F("contract_number")), name="gin_trgm_ops"),
                OpClass(Plain(F("cabinet_email")), name="gin_trgm_ops"),
                name="account_parts",
            ),
        ),
        AddLiveIndex(
            model_name="customer",
            index=GinIndex(OpClass(Plain(F("name")), name="gin_trgm_ops"), name="customer_name_parts"),
        ),
        AddLiveIndex(
            model_name="customer",
            index=GinIndex(fields=["contact_phone"], name="customer_phone_parts", opclasses=["gin_trgm_ops"]),
        ),
        migrations.CreateModel(
            name="NameWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=200, unique=True)),
            ],
            options={
                "verbose_name": "слово наименований",
                "verbose_name_plural": "слова наименований",
                "indexes": [GinIndex(fields=["word"], name="name_word_parts", opclasses=["gin_trgm_ops"])],
            },
        ),
        SharedTable("accounts_nameword", app="SELECT, INSERT"),
        migrations.RunSQL(KEEP_WORDS, FORGET_WORDS),
        AddLiveIndex(
            model_name="user",
            index=models.Index(fields=["name"], condition=models.Q(is_staff=True), name="staff_by_name"),
        ),
    ]

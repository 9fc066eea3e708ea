"""Adds btree_gist: exclusion constraints compare numbers and texts together with ranges."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    operations = [BtreeGistExtension()]

"""Renders every page of the project's list against the loaded demo at a fixed clock and keeps the masked HTML.
   cd WORKTREE; TPL_OUT=folder pytest /tmp/w/html_pages.py --rootdir . -c pytest.ini"""
import os, sys, re
sys.path.insert(0, "/tmp/w/tplproof")
from importlib import import_module
from pathlib import Path
import pytest, time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings
from tpl_mask import mask
OUT = Path(os.environ["TPL_OUT"])
pytestmark = pytest.mark.django_db

@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    from sipcabinet.tests.demo import NOON, load
    from sipcabinet.tests.kept import kept_rows
    import_module(settings.ROOT_URLCONF)
    folder = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path_factory.mktemp("demo")}}
    with override_settings(DEMO=True, STORAGES={**settings.STORAGES, "default": folder}), time_machine.travel(NOON, tick=False), kept_rows(django_db_blocker):
        yield load("--seed", "5")

class Stand:
    def __init__(self, demo, phone): self.demo = {**demo, "logins": [{"phone": phone}]}
    def query(self, sql):
        sql = sql.replace("now()", "'2026-10-14 09:00+00'::timestamptz").replace("%", "%%")
        with connection.cursor() as c:
            c.execute(sql); row = c.fetchone()
        return row[0] if row else None

def test_all(loaded):
    from sipcabinet.tests.browser.pages import pages
    from sipcabinet.tests.signed_in import signed_in
    from accounts.models import User
    OUT.mkdir(parents=True, exist_ok=True)
    staff = signed_in(User.objects.filter(is_superuser=True).order_by("pk").first())
    n, missing, codes = 0, [], {}
    every = pages()
    for index, login in enumerate(loaded["logins"]):
        phone = login["phone"]
        user = User.objects.get(phone=re.sub(r"[ -]", "", phone))
        clients = {"nobody": Client(), "owner": signed_in(user), "staff": staff}
        for page in every:
            if index and page.who != "owner": continue
            try: path = page.path(Stand(loaded, phone))
            except LookupError: missing.append((index, page.name)); continue
            clients["owner"] = signed_in(user) if page.who == "owner" else clients["owner"]
            with transaction.atomic():
                try: r = clients[page.who].get(path)
                except Exception as e:
                    missing.append((index, page.name, repr(e)[:200])); transaction.set_rollback(True); continue
                transaction.set_rollback(True)
            codes[r.status_code] = codes.get(r.status_code, 0) + 1
            if not r.streaming:
                (OUT / f"{index}-{page.file_name}.html").write_text(f"{r.status_code}\n" + mask(r.content.decode()))
                n += 1
    (OUT / "_summary.txt").write_text(f"{n} {sorted(codes.items())}\n" + "\n".join(map(str, missing)) + "\n")
    print(n, codes, missing)

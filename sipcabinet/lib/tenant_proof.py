"""The proof that a page's transaction belongs to an account. SQL alone cannot create this proof.

A page sets `sipcabinet.account_id` to `<account>.<mac>`. The mac is HMAC-SHA256 over the account and the process id of
the page's own database session, with a key that only the web process and the owner of the tables have. The policies
call `sipcabinet_tenant()`, which returns the account of a valid proof and NULL for every other value. So an SQL
statement injected into a page can neither name another account nor use the proof of another session.
"""

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings
from django.utils.crypto import salted_hmac

SETTING = "sipcabinet.account_id"
_BLOCK = 64  # bytes of a SHA-256 block (RFC 2104)

# PostgreSQL has sha256() but no HMAC without an extension, so the two padded forms of the key are stored.
INSTALL = (
    """CREATE TABLE IF NOT EXISTS sipcabinet_tenant_key (
        place smallint PRIMARY KEY,
        inner_key bytea NOT NULL CHECK (length(inner_key) = 64),
        outer_key bytea NOT NULL CHECK (length(outer_key) = 64)
    )""",
    """CREATE OR REPLACE FUNCTION sipcabinet_tenant() RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED AS $$
    DECLARE
        given text := pg_catalog.current_setting('sipcabinet.account_id', true);
        account text := pg_catalog.split_part(given, '.', 1);
        said bytea := pg_catalog.convert_to(
            pg_catalog.concat(account, ':', pg_catalog.pg_backend_pid()), 'UTF8');
    BEGIN
        IF given IS NULL OR given OPERATOR(pg_catalog.=) '' THEN
            RETURN NULL;
        END IF;
        PERFORM FROM public.sipcabinet_tenant_key AS k
            WHERE pg_catalog.concat(account, '.', pg_catalog.encode(pg_catalog.sha256(
                k.outer_key OPERATOR(pg_catalog.||) pg_catalog.sha256(k.inner_key OPERATOR(pg_catalog.||) said)
            ), 'hex')) OPERATOR(pg_catalog.=) given;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        RETURN account::bigint;
    END $$""",
    # Policies call the function as the role that reads the table; no other role needs the function.
    "REVOKE ALL ON FUNCTION sipcabinet_tenant() FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION sipcabinet_tenant() TO {settings.DATABASE_ROLE}, {settings.PORTAL_ROLE}",
)
FORGET_KEYS = "DELETE FROM sipcabinet_tenant_key"
STORE_KEY = "INSERT INTO sipcabinet_tenant_key (place, inner_key, outer_key) VALUES (%s, %s, %s)"


def of(account_id: int, session: int) -> str:
    """The value of the setting for this account in the database session with this process id."""
    said = f"{account_id}:{session}".encode()
    return f"{account_id}.{hmac.new(_key(settings.SECRET_KEY), said, hashlib.sha256).hexdigest()}"


def stored_keys() -> Iterable[tuple[int, bytes, bytes]]:
    """Rows of `sipcabinet_tenant_key`: the key of SECRET_KEY, then those of SECRET_KEY_FALLBACKS, also valid."""
    for place, secret in enumerate([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]):
        padded = _key(secret).ljust(_BLOCK, b"\0")
        yield place, bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def _key(secret: str) -> bytes:
    return salted_hmac("sipcabinet.tenant_proof", "key", secret=secret, algorithm="sha256").digest()

"""How passwords are kept in tests."""

from accounts.hashers import PortalArgon2PasswordHasher


class QuickHasher(PortalArgon2PasswordHasher):
    """The portal's argon2id with little work: tests compute thousands of hashes, and are about when, not how long."""

    time_cost = 1
    memory_cost = 64  # KiB

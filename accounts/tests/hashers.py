"""The hash function of passwords in tests."""

from accounts.hashers import PortalArgon2PasswordHasher


class QuickHasher(PortalArgon2PasswordHasher):
    """The portal's argon2id with low cost: tests compute thousands of hashes and check when, not how long."""

    time_cost = 1
    memory_cost = 64  # KiB

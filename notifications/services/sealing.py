"""Bodies that hold a secret are sealed while they wait (LETTER_KEYS)."""

from sipcabinet.lib.seals import InvalidToken, Seal

__all__ = ["InvalidToken", "seal", "unseal"]

_SEAL = Seal("LETTER_KEYS")
seal, unseal = _SEAL.seal, _SEAL.unseal

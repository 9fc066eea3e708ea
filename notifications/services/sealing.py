"""Encrypts bodies that hold a secret while the letter waits in the outbox (LETTER_KEYS)."""

from sipcabinet.lib.seals import InvalidToken, Seal

__all__ = ["InvalidToken", "seal", "unseal"]

_SEAL = Seal("LETTER_KEYS")
seal, unseal = _SEAL.seal, _SEAL.unseal

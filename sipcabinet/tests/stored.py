"""Reads stored files on the disk."""

from hashlib import sha256

from sipcabinet.lib import files


def sha256_of(path: str) -> str:
    """The sha256 of the file's present content, in hex."""
    return sha256(files.location(path).read_bytes()).hexdigest()

"""A stored file as it lies on the disk."""

from hashlib import sha256

from sipcabinet.lib import files


def sha256_of(path: str) -> str:
    """The digest of what the file holds now, in hex."""
    return sha256(files.location(path).read_bytes()).hexdigest()

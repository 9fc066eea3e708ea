from sipcabinet.tests.access.world import cookies, world

__all__ = ["cookies", "world"]

"""The state of a subscriber on a switch, and the backends that apply it."""

"""What a switch is told of a subscriber, and the back ends that tell it."""

"""What is sold: destinations, prices, plans. Plain data; the tables live in `subscribers.models`."""

ON_NET = "on-net"  # the destination of calls to our own subscribers, by this code in every catalogue

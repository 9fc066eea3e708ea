"""What is sold: destinations, prices, plans. Plain data; the tables are defined in `subscribers.models`."""

ON_NET = "on-net"  # code of the destination for calls to our own subscribers, in every catalogue

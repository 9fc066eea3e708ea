"""The demo: a price list, an operator with customers and months of calls, and the page of the letters it has sent."""

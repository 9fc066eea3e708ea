"""What the customer's page of the desk shows (4.1): one module for each group of its sections."""

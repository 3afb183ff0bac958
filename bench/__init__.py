"""What the portal costs: time, queries, memory. `make bench` runs everything; see README.md for the single parts."""

"""Pages of this room: the public ones, and those of the teams."""

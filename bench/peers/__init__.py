"""Other people's software, measured in the same run. Nothing of it is part of the portal; each has an environment of its own."""

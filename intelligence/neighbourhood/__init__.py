"""How care varies between neighbourhoods, and how equitable it is."""

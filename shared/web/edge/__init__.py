"""Before a route is reached: who calls, from where, how much, for how long."""

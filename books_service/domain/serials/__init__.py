"""How periodicals come in: subscriptions, and the issues that are expected and received."""

"""SIP2, the protocol of self-check machines, sorters and gates (3M Standard Interchange Protocol 2.00)."""

"""HTTP as all services speak it: one way to refuse, to authenticate, to repeat, to page, to document and to serve."""

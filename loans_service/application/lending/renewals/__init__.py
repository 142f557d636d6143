"""Renewals as they are foreseen, before anybody asks for one."""

"""The use cases of authorities, bound to what they need."""

from books_service.application.authorities.change_authorities import AddAuthority, MergeAuthorities, ReviseAuthority
from books_service.application.authorities.correct_books import CorrectBooks
from books_service.application.ports import Ports


class AuthorityUseCases:
    """Everything that can be asked of authorities; `queries` show them and what was done to them."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, clock = ports.unit_of_work, ports.clock
        self.add_authority = AddAuthority(unit_of_work, clock)
        self.revise_authority = ReviseAuthority(unit_of_work, clock)
        self.merge_authorities = MergeAuthorities(unit_of_work, clock)
        self.correct_books = CorrectBooks(unit_of_work, ports.authorities, ports.rename, clock)
        self.queries = ports.authorities

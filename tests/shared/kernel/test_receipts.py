from shared.kernel.receipts import Receipt


def test_the_same_request_of_the_same_caller_has_the_same_receipt() -> None:
    one, two = [Receipt.of(caller="me", key="k", request=b"POST /things {}") for _ in range(2)]

    assert one == two


def test_slot_fingerprint_and_seal_are_three_different_secrets() -> None:
    receipt = Receipt.of(caller="me", key="k", request=b"")

    assert len({receipt.slot, receipt.fingerprint, receipt.seal}) == 3
    assert {len(part) for part in (receipt.slot, receipt.fingerprint, receipt.seal)} == {32}


def test_without_the_secret_of_the_service_nothing_of_a_receipt_can_be_made_again() -> None:
    receipt = Receipt.of(caller="me", key="k", request=b"{}", secret=b"of the service")
    guessed = Receipt.of(caller="me", key="k", request=b"{}")

    assert receipt == Receipt.of(caller="me", key="k", request=b"{}", secret=b"of the service")
    assert not {receipt.slot, receipt.fingerprint, receipt.seal} & {guessed.slot, guessed.fingerprint, guessed.seal}


def test_who_called_and_with_which_key_cannot_be_mixed_up() -> None:
    one = Receipt.of(caller="me\nk", key="x", request=b"")
    two = Receipt.of(caller="me", key="kx", request=b"")

    assert one.slot != two.slot


def test_each_line_of_a_request_has_a_receipt_of_its_own() -> None:
    whole = Receipt.of(caller="me", key="k", request=b"{}")

    first, second, changed = whole.of_line(0, b"a"), whole.of_line(1, b"a"), whole.of_line(0, b"b")

    assert first == whole.of_line(0, b"a")
    assert 3 == len({whole.slot, first.slot, second.slot})
    assert 3 == len({whole.seal, first.seal, second.seal})
    assert (first.slot, first.seal) == (changed.slot, changed.seal)
    assert first.fingerprint != changed.fingerprint

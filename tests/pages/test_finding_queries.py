"""How many statements the pages of lists send: no more with more firms on them."""

import pytest


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/en/search?q=ammunition", 9),
        ("/en/search?q=ammunition&province=QC&province=ON", 9),
        ("/en/shortfalls/AMM-01?province=QC&size=small&size=unstated", 16),
    ],
)
def test_a_list_sends_a_fixed_number_of_statements(client_of, count_queries, address, most):
    sent = count_queries(client_of("visitor"), address)
    assert 0 < sent <= most, sent

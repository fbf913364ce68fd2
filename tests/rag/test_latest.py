from concurrent.futures import ThreadPoolExecutor

from rag.latest import Latest


def test_what_was_put_is_known() -> None:
    latest: Latest[str, int] = Latest(most=2)
    latest.put("a", 1)
    assert latest.get("a") == 1
    assert latest.get("b") is None


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    latest: Latest[str, int] = Latest(most=2)
    latest.put_all({"a": 1, "b": 2})
    latest.get("a")
    latest.put("c", 3)
    assert latest.get_all("abc") == {"a": 1, "c": 3}


def test_it_never_holds_more_than_the_most() -> None:
    latest: Latest[int, int] = Latest(most=8)
    with ThreadPoolExecutor(max_workers=8) as threads:
        list(threads.map(lambda n: (latest.put(n, n), latest.get(n // 2)), range(4000)))
    assert len(latest.get_all(range(4000))) == 8
